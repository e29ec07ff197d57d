// Keys and focus. Which key presses what stands in keys.html; Alt and Shift together are free in browsers and
// screen readers alike. Nothing here decides anything: a key presses a button that is on the screen.

window.evenKeel = (() => {
  const OFF = "even-keel-keys-off";
  const UNSENT = "even-keel-unsent"; // what stands in the box and to whom, kept by this tab while it is open
  const find = (selector) => [...document.querySelectorAll(selector)].find((e) => e.checkVisibility());
  const BOX = "#said textarea";
  const touch = () => matchMedia("(pointer: coarse)").matches;
  const typing = (e) => e.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]");
  const soon = (act) => requestAnimationFrame(() => setTimeout(act, 60)); // when the page has drawn the change

  // Where one goes on: the newest line in view, the focus in the box, on the ending, or on the lobby's heading.
  function settle() {
    soon(() => {
      const chat = document.querySelector("#chat .bubble-wrap");
      keep(find(BOX)?.value ?? "");
      if (chat) chat.scrollTop = chat.scrollHeight;
      const next = find(`#ending, ${BOX}, #welcome h2`);
      const typed = typing(document.activeElement) && document.activeElement.checkVisibility();
      if (!next || (typed && !next.matches(BOX)) || document.querySelector("dialog[open]") || (touch() && next.matches("textarea"))) return;
      next.focus();
    });
  }

  // What was open before is on the screen again; in the lobby the focus stays where the browser put it.
  function arrive() {
    soon(() => {
      if (find("#lobby")) return;
      putBack();
      settle();
    });
  }

  const opening = () => document.querySelector("#chat [data-testid=bot]")?.innerText.trim() ?? "";
  const kept = () => {
    try {
      return JSON.parse(sessionStorage.getItem(UNSENT) ?? '["", ""]');
    } catch {
      return ["", ""];
    }
  };
  const keep = (line) => sessionStorage.setItem(UNSENT, JSON.stringify([line, opening()]));

  // A line that was not sent when the page was loaded anew; one that was taken meanwhile stands in the chat, and
  // another tab may have gone on to another customer.
  function putBack() {
    const [box, [unsent, to]] = [find(BOX), kept()];
    const last = [...document.querySelectorAll("#chat [data-testid=user]")].pop()?.innerText.trim();
    if (!box || box.value || !unsent || to !== opening() || unsent.trim() === last) return;
    box.value = unsent;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A line that is sent while the one before is under way is not heard: it is sent when that is over, unless it
  // was changed meanwhile. Enter pressed twice sends nothing twice.
  let [under, waits] = [null, null];

  function pressed() {
    const line = find(BOX)?.value.trim() ?? "";
    if (under === null) under = line;
    else if (line && line !== under) waits = line;
  }

  function answered() {
    const line = waits;
    [under, waits] = [null, null];
    if (line && line === find(BOX)?.value.trim()) find("#said .submit-button")?.click();
  }

  // Scroll what just appeared into view where it is out of sight, as on a phone.
  function reveal(selector) {
    soon(() => find(selector)?.scrollIntoView({ block: "nearest" }));
  }

  function show(selector) {
    soon(() => {
      const element = find(selector);
      element?.scrollIntoView({ block: "start" });
      element?.focus({ preventScroll: true });
    });
  }

  function press(element) {
    const opens = element?.matches("button");
    if (opens && !element.disabled) element.click();
    if (element && !opens) element.focus();
  }

  function keys() {
    const dialog = document.querySelector("#ek-keys");
    if (!dialog || dialog.open) return;
    dialog.querySelector("#ek-keys-on").checked = !localStorage.getItem(OFF);
    dialog.showModal();
    dialog.querySelector("h2").focus();
  }

  function tab(number) {
    const there = document.querySelectorAll("[role=tab], .overflow-dropdown button"); // a phone folds the last ones
    press(there[number - 1]);
    there[number - 1]?.focus();
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || localStorage.getItem(OFF)) return;
    if (event.key === "?" && !event.altKey && !typing(event.target)) return keys();
    if (!event.altKey || !event.shiftKey || document.querySelector("dialog[open]")) return;
    const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^Key|^Digit/, "").toLowerCase();
    const row = document.querySelector(`#ek-keys [data-key="${CSS.escape(letter)}"]`);
    if (!row && !/^[1-9]$/.test(letter)) return;
    event.preventDefault();
    if (!row) return tab(Number(letter));
    const opened = row.dataset.opens && find(row.dataset.opens);
    press(opened || find(row.dataset.press.split(", ").find((part) => find(part)) ?? "none"));
    if (row.dataset.opens) soon(() => find(row.dataset.opens)?.focus());
  });

  addEventListener("input", (event) => {
    if (event.target.matches?.(BOX)) keep(event.target.value);
  });

  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys]")) keys();
  });

  addEventListener("change", (event) => {
    if (event.target.id !== "ek-keys-on") return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "off");
  });

  // Say a button's key to screen readers, and on hovering.
  addEventListener("focusin", () => {
    for (const row of document.querySelectorAll("#ek-keys [data-key]")) {
      const keyed = `Alt+Shift+${row.dataset.key.toUpperCase()}`;
      for (const element of document.querySelectorAll(row.dataset.press)) {
        element.setAttribute("aria-keyshortcuts", keyed);
        if (element.matches("button")) element.title = keyed;
      }
    }
  });

  return { answered, arrive, pressed, reveal, settle, show };
})();
