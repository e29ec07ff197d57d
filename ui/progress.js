// The body of a function that Gradio calls once for the progress screen: `element` is its root, which stays while
// what it shows changes; `trigger` tells the server.

// Times are kept in UTC, and shown as the clock on the wall says.
function local() {
  for (const time of element.querySelectorAll("time:not([data-local])")) {
    const day = { day: "2-digit", month: "short" }, clock = { hour: "2-digit", minute: "2-digit" };
    const when = new Date(time.dateTime), whole = time.textContent.includes(":");
    if (Number.isNaN(when.valueOf())) continue;
    time.dataset.local = "";
    time.textContent = when.toLocaleString(undefined, whole ? { ...day, ...clock } : day);
  }
}

new MutationObserver(local).observe(element, { childList: true, subtree: true });
local();

element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-practice]");
  if (chosen) trigger("select", { practice: chosen.dataset.practice });
});
