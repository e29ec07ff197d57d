// What screens let the browser do by itself: reach a section, save a file, keep what is being written.

Object.assign(window.evenKeel, {
  // The section of the library that was opened, in view and with the focus.
  reach() {
    const shown = document.querySelector("#library-shown [data-at]");
    const there = shown && (document.getElementById(shown.dataset.at) || shown);
    if (!there) return;
    const top = there.getBoundingClientRect().top;
    if (top < 0 || top > innerHeight * 0.6) there.scrollIntoView({ block: "start" });
    there.focus({ preventScroll: true });
  },

  // Hand what the server sent to the user as a file; a busy browser may take it a little later.
  save(file) {
    if (!file) return;
    const bytes = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  },

  // The scenario editor's desk with the text as it is now, if it was changed.
  keepDraft(text, desk) {
    const drafts = { ...desk.drafts }, now = drafts[desk.open];
    if (!desk.open || (now ? now.text : desk.seen) === text) return desk;
    drafts[desk.open] = { text, seen: now ? now.seen : desk.seen };
    return { ...desk, drafts };
  },

  // Settles once nobody has typed for 350 ms; what waited for an earlier stroke never goes on.
  afterAPause() {
    return new Promise((go) => {
      clearTimeout(this.typing);
      this.typing = setTimeout(go, 350);
    });
  },

  // A text that cannot be edited is scrolled by keyboard all the same.
  readByKeyboard() {
    for (const part of document.querySelectorAll("#scenario-text .cm-content")) part.tabIndex = 0;
  },
});
