import { chromium } from 'playwright-core'
import { renderPage } from '../../src/report/page.js'
import { reportModel } from '../fakes/report-model.js'
import { chromiumPath, requirements, testWith } from '../requires.js'

const test = testWith([requirements.chromium])

const payloads = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>alert(1)</script>',
  '</title><svg onload=alert(1)>',
  '</text></svg><iframe src="javascript:alert(1)"></iframe>',
  '<![CDATA[<script>alert(1)</script>]]>',
  '--><script>alert(1)</script><!--',
  'javascript:alert(1)',
  '<meta http-equiv=refresh content="0;url=http://attacker.invalid/">',
  '<link rel=stylesheet href=http://attacker.invalid/a.css>',
  '<a href="http://attacker.invalid" ping="http://attacker.invalid">x</a>',
  '<base href=http://attacker.invalid/>',
  '<form action=http://attacker.invalid><input autofocus onfocus=alert(1)>',
  'url(http://attacker.invalid/x.png)',
  '${alert(1)} {{constructor.constructor("alert(1)")()}}',
  '\u202etxt.exe\u0000\u001b[31m',
]

test('no payload in a crawl runs as a script, requests anything or becomes an element', async (t) => {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const context = await browser.newContext({ bypassCSP: true })
    const tags = async (html: string) => {
      const page = await context.newPage()
      const seen: string[] = []
      page.on('dialog', (dialog) => {
        seen.push(`dialog ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.route('**/*', (route) => {
        seen.push(`request ${route.request().url()}`)
        return route.abort()
      })
      await page.setContent(html, { waitUntil: 'load' })
      await page.evaluate(`document.querySelectorAll('details').forEach((details) => (details.open = true))`)
      const found = await page.evaluate<{ elements: string[]; handlers: string[]; pictures: number }>(`({
        elements: [
          ...document.querySelectorAll('script, iframe, link, base, form, input, a, object, embed'),
        ].map(({ tagName }) => tagName),
        handlers: [...document.querySelectorAll('*')]
          .flatMap((element) => element.getAttributeNames())
          .filter((name) => name.startsWith('on')),
        pictures: document.images.length,
      })`)
      await page.close()
      return { seen: seen.filter((line) => !line.startsWith('request data:')), ...found }
    }
    // The policy of the page is off here, so that escaping alone has to hold; a page without it proves that
    // the watch works.
    const control = await tags(
      '<body><img src="http://attacker.invalid/x.png" onerror="alert(1)"><script>alert(2)</script></body>',
    )
    t.true(
      control.seen.includes('dialog 2') && control.seen.includes('request http://attacker.invalid/x.png'),
      control.seen.join(),
    )
    t.deepEqual(await tags(await renderPage(reportModel())), {
      seen: [],
      elements: [],
      handlers: [],
      pictures: 2,
    })
    for (const payload of payloads) {
      t.deepEqual(
        await tags(await renderPage(reportModel((plain) => `${plain} ${payload}`))),
        { seen: [], elements: [], handlers: [], pictures: 2 },
        payload,
      )
    }
  } finally {
    await browser.close()
  }
})

test('the page fits a phone and a desktop, and every chart has a text alternative', async (t) => {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const html = await renderPage(reportModel())
    for (const width of [390, 1280]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } })
      await page.setContent(html)
      t.true((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, `${width}`)
      t.is(await page.evaluate<number>('[...document.images].filter((image) => !image.alt).length'), 0)
      await page.close()
    }
  } finally {
    await browser.close()
  }
})
