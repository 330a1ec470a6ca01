// A button that hands a file to the browser. What is in it comes with the answer to the click, and is no state of
// the widget: nothing of it is stored in the notebook.

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button widget-button s-quiet";
  const said = document.createElement("span");
  said.className = "s-copy-said";
  said.setAttribute("role", "status");
  el.classList.add("s-download");
  el.append(button, said);

  function draw() {
    button.textContent = model.get("label");
    button.disabled = model.get("disabled");
  }

  function take(content, buffers) {
    if (content.error) {
      said.textContent = content.error;
      return;
    }
    const address = URL.createObjectURL(new Blob(buffers, { type: content.type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = content.name;
    el.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    said.textContent = `Downloaded ${content.name}`;
  }

  button.addEventListener("click", () => {
    said.textContent = "";
    model.send({ wanted: true });
  });
  model.on("change:label change:disabled", draw);
  model.on("msg:custom", take);
  draw();
  return () => model.off("msg:custom", take);
}

export default { render };
