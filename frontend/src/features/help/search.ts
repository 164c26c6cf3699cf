import type { Article } from "./articles";

const fold = (text: string) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** Articles that contain every word of the query, those with a word in the title first. */
export function search(articles: readonly Article[], query: string): Article[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const score = (article: Article) => {
    const title = fold(`${article.title} ${article.keywords}`);
    const all = `${title} ${fold(article.body)}`;
    if (!words.every((word) => all.includes(word))) return -1;
    return words.filter((word) => title.includes(word)).length;
  };
  return articles
    .map((article, index) => ({ article, index, score: score(article) }))
    .filter((one) => one.score >= 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((one) => one.article);
}
