// What trame has no widget for: keys of the whole page, and folders that are dropped or opened.
(() => {
  const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "+", "-", "0", " ", "Escape", "p", "1", "2", "3", "4", "5"];
  const TYPING = "input, textarea, [role=combobox], [role=listbox], [role=slider], [role=tab], .v-overlay__content";

  window.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(event.key)) return;
    if (event.key !== "Escape" && target.closest(TYPING)) return;
    if (event.key === " " && target.closest("button, a")) return;
    if (event.key !== "Escape") event.preventDefault();
    window.trame.trigger("key", [event.key, window.trame.state.get("active")]);
  });

  const filesOf = async (entry, path = "") => {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      return [{ file, name: path + file.name }];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) { // a reader gives some at a time
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const item of some) found.push(...(await filesOf(item, path + entry.name + "/")));
    }
  };

  const upload = async (items) => {
    const state = window.trame.state;
    const mb = (bytes) => Math.ceil(bytes / 1e6);
    const total = items.reduce((sum, item) => sum + item.file.size, 0);
    const batch = Math.random().toString(36).slice(2);
    let done = 0, problem = await window.trame.trigger("offered", [items.length, total]);
    for (const { file, name } of problem ? [] : items) {
      state.set("upload", { done: mb(done), total: Math.max(1, mb(total)) });
      const url = `upload/${batch}?name=${encodeURIComponent(name)}`;
      const answer = await fetch(url, { method: "PUT", body: file }).catch(() => null);
      if (!answer || !answer.ok) { problem = answer ? await answer.text() : "The server does not answer."; break; }
      done += file.size;
    }
    state.set("upload", { done: 0, total: 0 });
    window.trame.trigger("uploaded", [batch, problem]);
  };

  const isFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const show = (on) => document.getElementById("drop")?.classList.toggle("on", on);
  window.addEventListener("dragover", (event) => { if (isFiles(event)) { event.preventDefault(); show(true); } });
  window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) show(false); });
  window.addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    show(false);
    const found = [...event.dataTransfer.items].map((item) => {
      const entry = item.webkitGetAsEntry();
      const file = item.getAsFile();
      return entry ? filesOf(entry) : file ? [{ file, name: file.name }] : [];
    });
    upload((await Promise.all(found)).flat());
  });

  const input = (folder) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "file", multiple: true, webkitdirectory: folder });
    field.onchange = () => upload([...field.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
    field.click();
  };
  window.trame.utils.voco = { openFiles: () => input(false), openFolder: () => input(true) };
})();
