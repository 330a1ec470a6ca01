// A list of findings; each place is a button that tells the kernel which one was chosen.

const SIGNS = { error: "✗ error", warning: "! warning", hint: "· hint" };
const KINDS = { error: "s-bad", warning: "s-wait", hint: "s-muted" };

function cell(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function render({ model, el }) {
  el.classList.add("s-rows");
  function draw() {
    el.replaceChildren(
      ...model.get("items").flatMap((item, index) => {
        const body = document.createElement("div");
        body.append(cell("div", "", item.message), cell("div", "s-muted", item.fix));
        const right = document.createElement("div");
        if (item.line) {
          const button = cell("button", "jupyter-button s-quiet", `Line ${item.line}`);
          button.type = "button";
          button.setAttribute("aria-label", `Go to line ${item.line}: ${item.message}`);
          button.addEventListener("click", () => {
            model.send({ chosen: index });
          });
          right.append(button);
        }
        right.append(cell("div", "s-muted s-rule", item.rule));
        return [cell("div", `s-state ${KINDS[item.severity]}`, SIGNS[item.severity]), body, right];
      }),
    );
  }
  model.on("change:items", draw);
  draw();
}

export default { render };
