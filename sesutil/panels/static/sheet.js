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
    } else if ((turns -= 1)) requestAnimationFrame(claim); // not attached yet
  }
  claim();
}

export default { render };
