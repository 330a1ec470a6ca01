// A secret that the kernel gives once, as a message, after a click. It lives in this view only, until it is hidden.

const WORDS = {
  offered: "It is shown once. Nobody can read it again later, neither here nor in AWS.",
  shown: "It was shown. Who missed it deletes the key and creates another one.",
};

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

async function copy(shown) {
  try {
    await navigator.clipboard.writeText(shown.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
  }
}

function button(text, act) {
  const made = element("button", "jupyter-button s-quiet", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function render({ model, el }) {
  el.classList.add("s-copy");
  const head = element("div", "s-copy-head");
  const label = element("span", "s-copy-label");
  const said = element("span", "s-copy-said");
  said.setAttribute("role", "status");
  const secret = element("code", "s-secret-text");
  const words = element("div", "s-muted");
  let asked = false; // another view of the same widget shows nothing
  const show = button("Show the secret once", () => {
    asked = true;
    model.send({ show: true });
  });
  const copyButton = button("Copy", async () => {
    said.textContent = await copy(secret);
  });
  const hide = button("Hide", () => put(""));
  head.append(label, said, show, copyButton, hide);
  el.append(head, secret, words);

  function put(text) {
    secret.textContent = text;
    said.textContent = "";
    draw();
  }
  function draw() {
    const state = model.get("state");
    const here = secret.textContent !== "";
    label.textContent = model.get("label");
    words.textContent = here ? WORDS.offered : WORDS[state] ?? "";
    el.classList.toggle("s-gone", state === "none" && !here);
    show.style.display = state === "offered" ? "" : "none";
    for (const part of [secret, copyButton, hide]) part.style.display = here ? "" : "none";
  }
  model.on("msg:custom", (content) => {
    if (!asked || typeof content?.secret !== "string") return;
    asked = false;
    put(content.secret);
    copyButton.focus();
  });
  model.on("change:state", () => (model.get("state") === "shown" ? draw() : put("")));
  model.on("change:label", draw);
  draw();
}

export default { render };
