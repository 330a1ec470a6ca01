// Shows markup and replaces it without a flash: the new one is loaded beside the old one, then takes its place.
// While one is loading, only the newest of those that come meanwhile is kept.

const PATIENCE = 2000; // milliseconds, for a frame that never says it has loaded

function render({ model, el }) {
  let loading = false;
  let outdated = false;

  function show() {
    if (loading) {
      outdated = true;
      return;
    }
    loading = true;
    const next = document.createElement("div");
    next.className = "s-waiting";
    next.innerHTML = model.get("markup"); // made by sesutil: frames in a sandbox, everything else escaped
    el.append(next);
    const waiting = new Set([...next.querySelectorAll("iframe")].filter((frame) => frame.offsetWidth > 0));
    const timer = setTimeout(swap, PATIENCE);
    function swap() {
      if (!loading || !next.isConnected || next.className === "") return;
      clearTimeout(timer);
      for (const child of [...el.children]) if (child !== next) child.remove();
      next.className = "";
      loading = false;
      if (outdated) {
        outdated = false;
        show();
      }
    }
    if (!waiting.size) swap();
    for (const frame of waiting) {
      frame.addEventListener("load", () => {
        waiting.delete(frame);
        if (!waiting.size) swap();
      });
    }
  }

  model.on("change:markup", show);
  show();
}

export default { render };
