// The field for a verification code. It says to browsers and phones what it is (one-time-code), so that they offer
// the code of a mail that has just come, and a keyboard of digits.

const PAUSE = 200; // milliseconds without a key, after which what is there so far is told

let count = 0;

function render({ model, el }) {
  el.classList.add("s-field", "s-code-field");
  const id = `s-code-${(count += 1)}`;
  const label = document.createElement("label");
  label.className = "s-code-label";
  label.htmlFor = id;
  const input = document.createElement("input");
  Object.assign(input, { id, type: "text", inputMode: "numeric", autocomplete: "one-time-code", spellcheck: false });
  input.setAttribute("aria-describedby", `${id}-hint`);
  const hint = document.createElement("div");
  hint.className = "s-hint";
  hint.id = `${id}-hint`;
  el.append(label, input, hint);

  let timer = 0;
  function tell() {
    clearTimeout(timer);
    if (input.value === model.get("value")) return;
    model.set("value", input.value);
    model.save_changes();
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE);
  });
  input.addEventListener("blur", tell);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    clearTimeout(timer);
    model.send({ entered: input.value });
  });

  function draw() {
    label.textContent = model.get("label");
    hint.textContent = (model.get("wrong") ? "✗ " : "") + model.get("hint");
    el.classList.toggle("s-wrong", model.get("wrong"));
    input.setAttribute("aria-invalid", String(model.get("wrong")));
  }
  function fill() {
    clearTimeout(timer);
    if (input.value !== model.get("value")) input.value = model.get("value");
  }
  model.on("change:label change:hint change:wrong", draw);
  model.on("change:value", fill);
  draw();
  fill();
  return () => clearTimeout(timer);
}

export default { render };
