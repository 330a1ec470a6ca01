"use strict";
/* Keeps the page as the server would show it now, and gives it keys. Without it everything works, but for that. */
(() => {
  const EVERY = 1000;
  const AT_LEAST_EVERY = 30000; /* what depends on nothing but the time */
  const root = document.documentElement;
  const body = document.body;
  root.classList.add("js");

  const byKey = (part, key) => [...part.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
  const parts = (from) => new Map([...from.querySelectorAll("[data-live]")].map((part) => [part.id, part]));
  /* What the server said of each part: the page itself changes when somebody opens a detail. */
  const said = new Map([...parts(document)].map(([id, part]) => [id, part.innerHTML]));
  let mark = body.dataset.mark;
  let messages = Number(body.dataset.messages);
  let asking = false;
  let refreshed = Date.now();

  /* A message of the last form is said once. */
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(history.state, "", here);
  }

  const isBusy = (part) => {
    const active = document.activeElement;
    if (active && part.contains(active) && active.matches("input:not([type=radio]), textarea, select")) return true;
    if (part.querySelector("details.confirm[open]")) return true;
    const selection = getSelection();
    return !selection.isCollapsed && selection.rangeCount > 0 && selection.getRangeAt(0).intersectsNode(part);
  };

  const replace = (part, html) => {
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const open = new Map([...part.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    const known = new Set([...part.querySelectorAll("tr .open")].map((link) => link.id));
    const fixed = scrollY > 0
      ? [...part.querySelectorAll("[id]")].find((one) => one.getBoundingClientRect().bottom > 0) : null;
    const before = fixed?.getBoundingClientRect().top;
    part.innerHTML = html;
    for (const detail of part.querySelectorAll("details[id]"))
      if (open.has(detail.id)) detail.open = open.get(detail.id);
    if (known.size)
      for (const link of part.querySelectorAll("tr .open"))
        if (!known.has(link.id)) link.closest("tr").classList.add("fresh");
    if (fixed) {
      const after = document.getElementById(fixed.id)?.getBoundingClientRect().top;
      if (after !== undefined) scrollBy({ top: after - before, behavior: "instant" });
    }
    if (active) {
      const again = active.id ? document.getElementById(active.id)
        : active.dataset.key ? byKey(part, active.dataset.key)
        : active.matches("summary") ? document.getElementById(active.parentElement.id)?.querySelector("summary") : null;
      again?.focus({ preventScroll: true });
    }
  };

  const news = (text) => { document.getElementById("news").textContent = text; };

  /* The same address again; what differs is put in. True when all of it could be. */
  const refresh = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [now, next] = [parts(document), parts(fresh)];
    if (!answer.ok || [...now.keys()].join() !== [...next.keys()].join()) {
      const typing = document.activeElement?.matches("input, textarea, select") || !getSelection().isCollapsed;
      if (!typing) location.reload();
      return false;
    }
    let whole = true;
    for (const [id, part] of now) {
      const html = next.get(id).innerHTML;
      if (html === said.get(id)) continue;
      if (isBusy(part)) { whole = false; continue; }
      replace(part, html);
      said.set(id, html);
    }
    document.title = fresh.title;
    return whole ? fresh.body.dataset.mark : false;
  };

  const look = async () => {
    if (asking || document.hidden || mark === undefined) return;
    asking = true;
    try {
      const pulse = await (await fetch("/practice/pulse")).json();
      document.getElementById("offline").hidden = true;
      if (pulse.mark !== mark || Date.now() - refreshed > AT_LEAST_EVERY) {
        refreshed = Date.now();
        const shown = await refresh();
        if (shown) mark = shown;
        const more = pulse.messages - messages;
        if (more > 0) news(more === 1 ? "1 new message" : `${more} new messages`);
        messages = pulse.messages;
      }
    } catch {
      document.getElementById("offline").hidden = false;
    } finally {
      asking = false;
    }
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);

  /* Copy */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const from = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(from.textContent);
      button.textContent = "Copied";
      news("Copied");
    } catch {
      getSelection().selectAllChildren(from);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });

  /* A field for seconds that is out of sight holds nothing. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form.fault");
    if (form && event.target.name === "kind" && !("timed" in event.target.dataset)) form.elements.seconds.value = "";
  });

  /* Keys */
  const rows = () => [...document.querySelectorAll("tr .open")];
  const move = (step) => {
    const links = rows();
    if (!links.length) return document.querySelector(`.ways [rel=${step > 0 ? "next" : "prev"}]`)?.click();
    const at = links.indexOf(document.activeElement);
    const link = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
    link.focus({ preventScroll: true, focusVisible: true });
    link.closest("tr").scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    const typing = target.matches?.("input:not([type=radio]), textarea, select");
    if (event.key === "Escape") {
      const open = document.querySelector("details.confirm[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
      else if (typing) target.blur();
      else document.querySelector("[data-back]")?.click();
      return;
    }
    if (typing) return;
    const search = document.getElementById("q");
    const onRow = target.matches?.("tr .open");
    if (event.key === "/" && search) { search.focus(); search.select(); }
    else if (event.key === "j" || (onRow && event.key === "ArrowDown")) move(1);
    else if (event.key === "k" || (onRow && event.key === "ArrowUp")) move(-1);
    else return;
    event.preventDefault();
  });
})();
