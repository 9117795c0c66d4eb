"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    ast: true, // expressions are interpreted, so that the page needs no right to evaluate text
    actions: false,
    config: charts.theme,
  };

  const offer = (name, view) => {
    const button = document.querySelector(`[data-saves="${name}"]`);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const link = document.createElement("a");
      const svg = await view.toSVG();
      link.href = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      link.download = `${name}.svg`;
      link.click();
    });
  };

  // Charts take the width of their box, so only those in sight can be drawn.
  const draw = (root) => {
    for (const box of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
      if (box.offsetWidth) {
        box.dataset.drawn = "";
        vegaEmbed(box, charts.specs[box.dataset.chart], options).then(
          ({ view }) => offer(box.dataset.chart, view),
          (error) => { box.textContent = `This chart cannot be drawn: ${error.message}`; },
        );
      }
    }
  };

  for (const choice of document.querySelectorAll("[data-chooses]")) {
    const show = () => {
      for (const part of document.getElementById(choice.dataset.chooses).querySelectorAll(".part")) {
        part.hidden = part.id !== choice.value;
      }
      draw(document.getElementById(choice.value));
    };
    choice.addEventListener("change", show);
    show();
  }
  draw(document);

  const tip = document.getElementById("tip");
  const follow = (square, event) => {
    const name = document.createElement("b");
    const row = square.parentElement.firstElementChild;
    name.textContent = square === row ? row.textContent : `${row.textContent} × ${square.dataset.of}`;
    tip.replaceChildren(name, square.dataset.tip);
    tip.hidden = false;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 18;
    const above = event.clientY - tip.offsetHeight - 12;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below + tip.offsetHeight > innerHeight ? above : below}px`;
  };
  document.addEventListener("pointermove", (event) => {
    const square = event.target.closest?.("[data-tip]");
    if (square) follow(square, event);
    else tip.hidden = true;
  });
  document.addEventListener("pointerdown", (event) => {
    const square = event.target.closest?.("[data-tip]");
    if (square) follow(square, event);
  });
})();
