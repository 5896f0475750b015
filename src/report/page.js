'use strict';
(() => {
  // The theme: as the system has it, light, dark.
  const themes = ['auto', 'light', 'dark'];
  const button = document.getElementById('theme');
  button.hidden = false;
  button.addEventListener('click', () => {
    const now = document.documentElement.dataset.theme || 'auto';
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    document.documentElement.dataset.theme = next;
    button.textContent = 'Theme: ' + next;
  });

  // The filter: cards of a class (true or answered) whose text holds every word that is searched for.
  const form = document.getElementById('filter');
  const cards = Array.from(document.querySelectorAll('.card'), (card) => ({
    card,
    classes: card.dataset.classes.split(' '),
    text: card.textContent.toLowerCase(),
  }));
  if (cards.length === 0) return;
  const choice = document.getElementById('class');
  const search = document.getElementById('search');
  const found = document.getElementById('found');
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const { card, classes, text } of cards) {
      const fits = (!choice.value || classes.includes(choice.value)) && words.every((word) => text.includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    found.textContent = `${shown} of ${cards.length} pictures`;
  };
  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  choice.addEventListener('change', apply);
  search.addEventListener('input', apply);
  apply();
})();
