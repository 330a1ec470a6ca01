// The style sheet of a panel, and its manners: JupyterLab takes arrow keys, Enter, Ctrl+Z and others for
// commands of its own wherever they are pressed in a notebook; within a panel they belong to the panel.

const EDITING = "acvxyz"; // with Ctrl; other combinations, such as Ctrl+S, stay JupyterLab's

function keep(event) {
  const command = event.ctrlKey || event.metaKey;
  if (!command || EDITING.includes(event.key.toLowerCase())) event.stopPropagation();
}

function render({ model, el }) {
  const style = document.createElement("style");
  style.textContent = model.get("css");
  el.append(style);
  let turns = 200;
  function claimKeys() {
    const panel = el.closest(".sesutil");
    if (panel) panel.addEventListener("keydown", keep);
    else if ((turns -= 1)) requestAnimationFrame(claimKeys); // not attached yet
  }
  claimKeys();
}

export default { render };
