import { Anchor, Box, Card, Grid, NavLink, Stack, Text, TextInput, Title } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { BookOpen, Search, SearchX } from "lucide-react";
import { useEffect } from "react";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ShortcutTable } from "@/ui/ShortcutTable";
import { articles } from "./articles";
import { Markdown } from "./Markdown";
import { search } from "./search";

export function HelpPage() {
  const { topic, q = "" } = useSearch({ from: "/inside/help" });
  const navigate = useNavigate({ from: "/help" });
  const found = search(articles, q);
  const open = articles.find((article) => article.id === topic) ?? (q ? found[0] : articles[0]);

  useEffect(() => {
    if (q) announce(`${found.length} ${found.length === 1 ? "article" : "articles"} found`);
  }, [q, found.length]);

  return (
    <>
      <PageHeader title="Help" description="How things work, step by step. Ctrl+K finds articles from anywhere." />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, sm: 4, lg: 3 }}>
          <Stack gap="xs">
            <TextInput
              type="search"
              aria-label="Search help"
              placeholder="Search help"
              leftSection={<Search size={16} aria-hidden />}
              value={q}
              onChange={(event) => {
                const value = event.currentTarget.value;
                void navigate({
                  search: (old) => ({ ...old, q: value || undefined, topic: undefined }),
                  replace: true,
                });
              }}
            />
            {topic && (
              <Anchor
                size="sm"
                hiddenFrom="sm"
                renderRoot={(props) => <Link to="/help" search={(old) => ({ ...old, topic: undefined })} {...props} />}
              >
                All articles
              </Anchor>
            )}
            {/* On a phone somebody who asked for an article gets that, not the list above it. */}
            <Box component="nav" aria-label="Help articles" visibleFrom={topic ? "sm" : undefined}>
              {found.map((article) => (
                <NavLink
                  key={article.id}
                  label={article.title}
                  leftSection={<BookOpen size={16} aria-hidden />}
                  active={article === open}
                  aria-current={article === open ? "page" : undefined}
                  renderRoot={(props) => (
                    <Link to="/help" search={(old) => ({ ...old, topic: article.id })} {...props} />
                  )}
                  styles={{ root: { borderRadius: "var(--mantine-radius-md)" } }}
                />
              ))}
            </Box>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 8, lg: 9 }}>
          {open ? (
            <Card component="article" padding="xl" maw={780}>
              <Title order={2} mb="sm">
                {open.title}
              </Title>
              <Markdown source={open.body} />
              {open.id === "shortcuts" && <ShortcutTable />}
            </Card>
          ) : (
            <EmptyState
              icon={SearchX}
              title="No article found"
              body={<Text span>Try another word, or fewer words.</Text>}
            />
          )}
        </Grid.Col>
      </Grid>
    </>
  );
}
