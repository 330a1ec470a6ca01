// A text with a Copy button. What became of the click is said in a region that screen readers read out.

const PATIENCE = 4000; // milliseconds that the confirmation stands

// The page may not be allowed to use the clipboard (no https, a refusal): then the old way, then by hand.
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    shown.textContent = text; // what is selected is what is copied
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
  }
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function render({ model, el }) {
  el.classList.add("s-copy");
  const head = element("div", "s-copy-head");
  const label = element("span", "s-copy-label");
  const said = element("span", "s-copy-said");
  said.setAttribute("role", "status");
  const button = element("button", "jupyter-button s-quiet", "Copy");
  button.type = "button";
  const shown = element("pre", "s-long");
  shown.tabIndex = 0;
  shown.setAttribute("role", "region");
  head.append(label, said, button);
  el.append(head, shown);

  let timer = 0;
  function say(text) {
    clearTimeout(timer);
    said.textContent = text;
    if (text) timer = setTimeout(() => say(""), PATIENCE);
  }

  function draw() {
    label.textContent = model.get("label");
    shown.textContent = model.get("shown") || model.get("text");
    shown.setAttribute("aria-label", model.get("label"));
    button.setAttribute("aria-label", `Copy: ${model.get("label")}`);
    el.classList.toggle("s-gone", !model.get("text"));
    say("");
  }

  button.addEventListener("click", async () => say(await copy(model.get("text"), shown)));
  model.on("change:text change:label change:shown", draw);
  draw();
  return () => clearTimeout(timer);
}

export default { render };
