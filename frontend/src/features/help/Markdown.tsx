// Renders the small Markdown of the articles as React elements; no HTML is ever inserted.
import { Anchor, Code, List, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";

const INLINE = /(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/g;
/** Addresses that the service answers itself, not the router. */
const SERVED = ["/docs", "/openapi.json"];

function LinkTo({ href, children }: { href: string; children: ReactNode }) {
  if (/^https?:/.test(href) || SERVED.includes(href)) {
    return (
      <Anchor href={href} target="_blank" rel="noreferrer" underline="always">
        {children}
      </Anchor>
    );
  }
  const [to, query] = href.split("?");
  return (
    <Anchor
      underline="always"
      renderRoot={(props) => (
        <Link to={to as "/"} search={Object.fromEntries(new URLSearchParams(query)) as never} {...props} />
      )}
    >
      {children}
    </Anchor>
  );
}

function inline(text: string): ReactNode {
  return text.split(INLINE).map((part, index) => {
    const key = `${index} ${part}`;
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    if (link?.[1] && link[2]) {
      return (
        <LinkTo key={key} href={link[2]}>
          {link[1]}
        </LinkTo>
      );
    }
    if (part.startsWith("**")) return <strong key={key}>{part.slice(2, -2)}</strong>;
    if (part.startsWith("`")) return <Code key={key}>{part.slice(1, -1)}</Code>;
    if (/^\*[^*]+\*$/.test(part)) return <em key={key}>{part.slice(1, -1)}</em>;
    return <Fragment key={key}>{part}</Fragment>;
  });
}

type Block = { kind: "heading" | "text" | "code"; text: string } | { kind: "list"; ordered: boolean; items: string[] };

/** Lines to blocks. Exported for its test. */
export function blocks(source: string): Block[] {
  const found: Block[] = [];
  let code: string[] | null = null;
  for (const line of source.trim().split("\n")) {
    if (line.startsWith("```")) {
      if (code) found.push({ kind: "code", text: code.join("\n") });
      code = code ? null : [];
    } else if (code) {
      code.push(line);
    } else if (line.startsWith("## ")) {
      found.push({ kind: "heading", text: line.slice(3) });
    } else if (/^(- |\d+\. )/.test(line)) {
      const ordered = !line.startsWith("- ");
      const last = found.at(-1);
      const item = line.replace(/^(- |\d+\. )/, "");
      if (last?.kind === "list" && last.ordered === ordered) last.items.push(item);
      else found.push({ kind: "list", ordered, items: [item] });
    } else if (line.trim() !== "") {
      found.push({ kind: "text", text: line });
    }
  }
  return found;
}

export function Markdown({ source }: { source: string }) {
  return blocks(source).map((block, index) => {
    const key = `${index} ${block.kind}`;
    switch (block.kind) {
      case "heading":
        return (
          <Title order={3} key={key} mt="lg" mb={6}>
            {block.text}
          </Title>
        );
      case "list":
        return (
          <List key={key} type={block.ordered ? "ordered" : "unordered"} spacing={6} mb="sm" pe="md">
            {block.items.map((item) => (
              <List.Item key={item}>{inline(item)}</List.Item>
            ))}
          </List>
        );
      case "code":
        return (
          // A scrolling block must be reachable by keyboard.
          <Code key={key} block mb="sm" tabIndex={0}>
            {block.text}
          </Code>
        );
      default:
        return (
          <Text key={key} mb="sm">
            {inline(block.text)}
          </Text>
        );
    }
  });
}
