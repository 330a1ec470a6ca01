// The style sheet of a panel, and its manners: JupyterLab takes arrow keys, Enter, Ctrl+Z and others for
// commands of its own wherever they are pressed in a notebook; within a panel they belong to the panel.

const EDITING = "acvxyz"; // with Ctrl; other combinations, such as Ctrl+S, stay JupyterLab's

function keep(event) {
  const command = event.ctrlKey || event.metaKey;
  if (!command || EDITING.includes(event.key.toLowerCase())) event.stopPropagation();
}

// A link to another notebook. JupyterLab opens what a link in a text cell names, but leaves those in widgets to
// the browser, which would load the whole of JupyterLab anew. It carries out what an element says in these two
// attributes (its CommandLinker), with a path from the server's root: the address of the page has it.
function openNotebook(event) {
  const link = event.target.closest?.("a.s-notebook");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const here = new URL(link.getAttribute("href"), location.href);
  const path = here.pathname.match(/\/(?:lab|doc)(?:\/workspaces\/[^/]+)?\/tree\/(.+)$/);
  if (!path) return;
  link.dataset.commandlinkerCommand = "docmanager:open";
  link.dataset.commandlinkerArgs = JSON.stringify({ path: decodeURIComponent(path[1]) });
}

// A button in markup that copies the text in its data-copy, where a widget for each (`copy.js`) would be too much.
async function copyText(event) {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const word = (button.dataset.word ||= button.textContent);
  const label = (button.dataset.label ||= button.getAttribute("aria-label") ?? word);
  say((await put(button.dataset.copy)) ? "Copied" : "Not copied");
  setTimeout(() => say(word), 2000);
  function say(text) {
    button.textContent = text;
    button.setAttribute("aria-label", label.replace(word, text));
  }
}

// The page may not be allowed to use the clipboard (no https, a refusal): then the old way.
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function render({ model, el }) {
  const style = document.createElement("style");
  style.textContent = model.get("css");
  el.append(style);
  let turns = 200;
  function claim() {
    const panel = el.closest(".sesutil");
    if (panel) {
      panel.addEventListener("keydown", keep);
      panel.addEventListener("click", openNotebook);
      panel.addEventListener("click", copyText);
    } else if ((turns -= 1)) requestAnimationFrame(claim); // not attached yet
  }
  claim();
}

export default { render };
