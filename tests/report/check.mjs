// Look at reports in a browser: node check.mjs NODE_MODULES CHROMIUM FOLDER SCREENSHOTS PAGE...
//
// Each PAGE.html of FOLDER must open without errors, messages or requests, be readable without scripts, have nothing
// that axe-core finds serious in light and dark, wide and narrow, and filter by mouse and by keyboard.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, chromium, folder, shots, ...pages] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'x.js'));
const { chromium: browserType } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core'), 'utf8');

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 375, height: 812 } },
  { name: 'print', colorScheme: 'dark', viewport: { width: 800, height: 1100 } },
];

// A page that reports every error, message and request but for itself.
async function open(browser, name, options) {
  const context = await browser.newContext({ ...options, bypassCSP: false });
  const page = await context.newPage();
  if (options.name === 'print') await page.emulateMedia({ media: 'print' });
  const wrong = [];
  const url = 'file://' + path.join(folder, name + '.html');
  page.on('pageerror', (error) => wrong.push('error: ' + error));
  page.on('console', (message) => wrong.push('console: ' + message.text()));
  page.on('dialog', (dialog) => { wrong.push('dialog: ' + dialog.message()); dialog.dismiss(); });
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) wrong.push('request: ' + request.url());
  });
  await page.goto(url);
  return { page, wrong, context };
}

async function checkLook(browser, name, look) {
  const { page, wrong, context } = await open(browser, name, look);
  assert.deepEqual(wrong, [], `${name} ${look.name}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} ${look.name}: the page is ${wide} pixels too wide`);
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-${look.name}.png`), fullPage: true });
  const session = await context.newCDPSession(page); // the page's policy forbids scripts of others
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run().then((r) => JSON.stringify(r.violations))', awaitPromise: true, returnByValue: true,
  });
  const found = JSON.parse(result.value).map((v) => `${v.impact} ${v.id}: ${v.nodes[0].html.slice(0, 200)} (${v.nodes.length})`);
  assert.deepEqual(found.filter((line) => /^(serious|critical|moderate)/.test(line)), [], `${name} ${look.name}`);
  await context.close();
}

const visible = (page) => page.locator('.card:visible').count();

async function checkFilter(browser, name) {
  const { page, wrong, context } = await open(browser, name, looks[0]);
  const all = await visible(page);
  assert.ok(all > 10, `${name}: ${all} cards`);
  await page.click('#search');
  await page.keyboard.type('PNG');
  const some = await visible(page);
  assert.ok(some > 0 && some < all, `${name}: searching shows ${some} of ${all}`);
  assert.equal(await page.textContent('#found'), `${some} of ${all} pictures`);
  await page.fill('#search', 'no such thing');
  assert.equal(await visible(page), 0);
  await page.fill('#search', '');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'class');
  await page.keyboard.press('ArrowDown');
  const ofClass = await visible(page);
  assert.ok(ofClass > 0 && ofClass < all, `${name}: a class has ${ofClass} of ${all}`);
  await page.selectOption('#class', '');
  assert.equal(await visible(page), all);
  for (const theme of ['light', 'dark', 'auto']) {
    await page.click('#theme');
    assert.equal(await page.getAttribute('html', 'data-theme'), theme);
  }
  assert.deepEqual(wrong, [], name);
  await context.close();
}

// Hostile names are shown, not obeyed.
async function checkText(browser, name) {
  const { page, context } = await open(browser, name, { ...looks[0], javaScriptEnabled: false });
  const text = await page.textContent('main');
  assert.ok(!/\(null\)|\bnan\b|undefined/i.test(await page.textContent('body')), `${name}: a value that is none`);
  for (const shown of ['<script>alert(1)', '"onerror="alert(1)"', 'line\u240abreak', '[U+202E]gnp', 'bad\ufffd bytes', '<b>zero</b>'])
    assert.ok(text.includes(shown), `${name}: ${shown} is not shown`);
  assert.equal(await page.locator('main script, main b b, [onerror]').count(), 0);
  assert.ok(!/[\u202a-\u202e\u2066-\u2069]/.test(await page.content()), `${name}: direction marks`);
  assert.ok((await visible(page)) > 10, `${name}: cards without scripts`);
  assert.equal(await page.locator('#filter:visible, #theme:visible').count(), 0);
  await context.close();
}

const browser = await browserType.launch({
  executablePath: chromium, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  for (const name of pages) {
    for (const look of looks) await checkLook(browser, name, look);
    await checkFilter(browser, name);
    await checkText(browser, name);
    console.log(`${name}: looked at in ${looks.map((look) => look.name).join(', ')}; filter, text and scripts as they should be`);
  }
} finally {
  await browser.close();
}
