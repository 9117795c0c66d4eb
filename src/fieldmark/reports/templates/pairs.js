const sections = [...document.querySelectorAll("section")];
function said() {
  const verdicts = {};
  for (const one of sections) {
    const chosen = one.querySelector("input:checked");
    one.classList.toggle("done", chosen !== null);
    if (chosen) verdicts[one.dataset.key] = chosen.value;
  }
  document.getElementById("count").textContent =
    `${Object.keys(verdicts).length} of ${sections.length} pairs`;
  return verdicts;
}
document.addEventListener("change", said);
document.getElementById("save").addEventListener("click", () => {
  const text = JSON.stringify({ kind: "fieldmark pairs 1", verdicts: said() }, null, 1) + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "verdicts.json";
  link.click();
});
said();
