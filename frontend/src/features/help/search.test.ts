import { expect, test } from "vitest";
import { articles } from "./articles";
import { blocks } from "./Markdown";
import { search } from "./search";

test("the most fitting article comes first: words of the title weigh more than words of the text", () => {
  expect(search(articles, "icloud")[0]?.id).toBe("connect-caldav");
  expect(search(articles, "google consent")[0]?.id).toBe("connect-google");
});

test("all words must occur; an unknown word finds nothing", () => {
  expect(search(articles, "google zebra")).toEqual([]);
});

test("accents do not matter", () => {
  expect(search(articles, "Baikal")[0]?.id).toBe("connect-caldav");
});

test("every article has its own id and renders into known blocks without leftovers of the markup", () => {
  expect(new Set(articles.map((article) => article.id)).size).toBe(articles.length);
  for (const article of articles) {
    for (const block of blocks(article.body)) {
      if (block.kind === "text" || block.kind === "heading")
        expect(block.text, article.id).not.toMatch(/^(#|- |\d+\. |```)/);
    }
  }
});
