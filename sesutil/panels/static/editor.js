// A plain text area with line numbers, marks for findings, and a cursor that the kernel knows.
// Positions are counted in code points, as Python counts them.

const toPoints = (text, units) => [...text.slice(0, units)].length;
const toUnits = (text, points) => [...text].slice(0, points).join("").length;

function lineStart(text, line) {
  let at = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf("\n", at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}

function render({ model, el }) {
  el.classList.add("s-editor");
  const gutter = document.createElement("div");
  gutter.className = "s-gutter";
  gutter.setAttribute("aria-hidden", "true");
  const numbers = document.createElement("div");
  gutter.append(numbers);
  const area = document.createElement("textarea");
  Object.assign(area, { spellcheck: false, wrap: "off", autocomplete: "off", rows: 18 });
  area.setAttribute("autocapitalize", "off");
  area.setAttribute("aria-label", model.get("label"));
  el.append(gutter, area);

  let turn = model.get("caret").turn;
  let lines = 0;
  function drawGutter() {
    const count = area.value.split("\n").length;
    const marks = new Map();
    for (const mark of model.get("marks")) {
      const known = marks.get(mark.line);
      if (!known || mark.rank < known.rank) marks.set(mark.line, mark);
    }
    if (count !== lines) {
      lines = count;
      numbers.replaceChildren(
        ...Array.from({ length: count }, (_, index) => {
          const row = document.createElement("div");
          row.textContent = index + 1;
          return row;
        }),
      );
    }
    [...numbers.children].forEach((row, index) => {
      const mark = marks.get(index + 1);
      const name = mark ? `s-mark s-mark-${mark.severity}` : "";
      if (row.className !== name) row.className = name;
      row.title = mark ? mark.message : "";
    });
    follow();
  }

  function follow() {
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
  }

  function sendCursor() {
    model.set("cursor", [toPoints(area.value, area.selectionStart), toPoints(area.value, area.selectionEnd)]);
    model.save_changes();
  }

  // As if it was typed, so that it can be undone.
  function replaceByHand(next) {
    const now = area.value;
    let start = 0;
    while (start < Math.min(now.length, next.length) && now[start] === next[start]) start += 1;
    let end = 0;
    while (end < Math.min(now.length, next.length) - start && now.at(-1 - end) === next.at(-1 - end)) end += 1;
    area.focus();
    area.setSelectionRange(start, now.length - end);
    return document.execCommand("insertText", false, next.slice(start, next.length - end));
  }

  function takeValue() {
    const next = model.get("value");
    area.readOnly = model.get("read_only");
    area.setAttribute("aria-label", model.get("label"));
    if (area.value !== next) {
      const top = area.scrollTop;
      if (model.get("caret").turn === turn || !replaceByHand(next)) area.value = next;
      area.scrollTop = top;
    }
    drawGutter();
  }

  function goTo() {
    const { line, column } = model.get("target");
    if (!line) return;
    const start = Math.min(lineStart(area.value, line) + column - 1, area.value.length);
    const end = area.value.indexOf("\n", start);
    area.focus();
    area.setSelectionRange(start, end < 0 ? area.value.length : end);
    const height = area.scrollHeight / Math.max(lines, 1);
    // After the browser has scrolled by itself to where the selection ends.
    requestAnimationFrame(() => {
      area.scrollTop = Math.max(0, (line - 5) * height);
      area.scrollLeft = Math.max(0, (column - 30) * 7);
    });
  }

  function placeCursor() {
    const { position } = model.get("caret");
    if (model.get("caret").turn === turn) return;
    turn = model.get("caret").turn;
    const units = toUnits(area.value, position);
    area.focus();
    area.setSelectionRange(units, units);
    sendCursor();
  }

  area.addEventListener("input", () => {
    model.set("value", area.value);
    sendCursor();
    drawGutter();
  });
  for (const name of ["keyup", "mouseup", "blur"]) area.addEventListener(name, sendCursor);
  area.addEventListener("scroll", follow);
  const commands = {
    s: () => model.send({ command: "save" }),
    z: (event) => document.execCommand(event.shiftKey ? "redo" : "undo"), // does not reach the text area here
    y: () => document.execCommand("redo"),
  };
  area.addEventListener("keydown", (event) => {
    const command = (event.ctrlKey || event.metaKey) && commands[event.key.toLowerCase()];
    if (command) {
      event.preventDefault();
      event.stopPropagation();
      command(event);
    }
  });
  // A text and a cursor that come together are taken in this order.
  for (const name of ["value", "read_only", "label", "caret"]) {
    model.on(`change:${name}`, () => {
      takeValue();
      placeCursor();
    });
  }
  model.on("change:marks", drawGutter);
  model.on("change:target", goTo);
  takeValue();
}

export default { render };
