// A field for a secret. What is typed goes to the kernel as a message, never into the widget's state, and leaves
// the field when one is done with it; what stands there then is how many characters are kept.

const PAUSE = 300; // milliseconds without a key, after which what is there so far is told

let count = 0;

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function render({ model, el }) {
  el.classList.add("s-field", "s-secret");
  const id = `s-secret-${(count += 1)}`;
  const label = element("label", "s-secret-label");
  label.htmlFor = id;
  const line = element("div", "s-secret-line");
  const input = document.createElement("input");
  Object.assign(input, { id, type: "password", autocomplete: "off", spellcheck: false });
  input.setAttribute("aria-describedby", `${id}-hint`);
  const clear = element("button", "jupyter-button s-quiet", "Clear");
  clear.type = "button";
  const hint = element("div", "s-hint");
  hint.id = `${id}-hint`;
  line.append(input, clear);
  el.append(label, line, hint);

  let timer = 0;
  let told = "";
  function tell() {
    clearTimeout(timer);
    if (input.value === told) return;
    told = input.value;
    model.send({ typed: told });
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE);
  });
  // Done with it: by Tab, by a click elsewhere, by Enter.
  input.addEventListener("blur", leave);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") leave();
  });
  function leave() {
    tell();
    input.value = told = "";
  }
  clear.addEventListener("click", () => {
    clearTimeout(timer);
    input.value = told = "";
    model.send({ clear: true });
    input.focus();
  });

  function draw() {
    const length = model.get("length");
    label.textContent = model.get("label");
    input.placeholder = length ? `kept, ${length} ${length === 1 ? "character" : "characters"}` : "";
    clear.setAttribute("aria-label", `Clear ${model.get("label")}`);
    clear.style.display = length ? "" : "none";
    hint.textContent = (model.get("wrong") ? "✗ " : "") + model.get("hint");
    el.classList.toggle("s-wrong", model.get("wrong"));
    input.setAttribute("aria-invalid", String(model.get("wrong")));
  }
  model.on("change:length change:label change:hint change:wrong", draw);
  draw();
  return () => clearTimeout(timer);
}

export default { render };
