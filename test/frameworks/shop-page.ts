/** The shop's page in headless Chromium, as somebody who uses it sees it. */

import { chromium, type Browser, type Locator, type Page } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const arguments_ = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: arguments_ })
}

/** One of the page's lists of records. */
export interface RecordList {
  /** Waits until it says so. */
  status(text: string): Promise<void>
  /** Waits until so many have come. */
  received(count: number): Promise<void>
  /** Waits until the last one shown reads like that. */
  last(text: string): Promise<void>
  texts(): Promise<string[]>
  click(button: string): Promise<void>
  /** Chooses an option, where there is a choice. */
  choose(option: string): Promise<void>
}

export class ShopPage {
  readonly #page: Page
  /** What went wrong, in the page's own words. */
  readonly errors: string[] = []

  private constructor(page: Page) {
    this.#page = page
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.errors.push(message.text())
      }
    })
  }

  static async open(browser: Browser, url: string): Promise<ShopPage> {
    const page = new ShopPage(await browser.newPage())
    await page.#page.goto(url)
    return page
  }

  async click(button: string): Promise<void> {
    await this.#page.getByRole('button', { name: button, exact: true }).first().click()
  }

  /** Waits until there is such a text. */
  async shows(text: string): Promise<void> {
    await this.#page.getByText(text).first().waitFor()
  }

  renderCount(): Promise<number> {
    return this.#page.evaluate(() => (globalThis as unknown as Counted).renderCount)
  }

  list(id: 'everybody' | 'screen' | 'newest'): RecordList {
    const section = this.#page.locator(`#${id}`)
    const waitFor = (found: Locator): Promise<void> => found.waitFor()
    const containing = (selector: string, text: string): Locator =>
      section.locator(selector).filter({ hasText: new RegExp(`^${text}$`) })
    return {
      status: (text) => waitFor(containing('output', text)),
      received: (count) => waitFor(containing('data', String(count))),
      last: (text) => waitFor(containing('li:last-child', text)),
      texts: () => section.locator('li').allTextContents(),
      choose: async (option) => void (await section.getByRole('combobox').selectOption(option)),
      click: (button) => section.getByRole('button', { name: button, exact: true }).click(),
    }
  }

  async reload(): Promise<void> {
    await this.#page.reload()
  }

  async close(): Promise<void> {
    await this.#page.close()
  }
}

interface Counted {
  readonly renderCount: number
}
