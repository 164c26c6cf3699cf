// What the lists of this folder share: cards page by page, one with its two deeds, and the dialog that adds or changes one.
import { ActionIcon, Card, Group, Modal, type ModalProps, Skeleton, Stack, Text } from "@mantine/core";
import { Pencil, Trash2 } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import type { Edited } from "@/api/edited";
import { Failure } from "@/ui/Failure";
import { ForClient } from "@/ui/ForClient";
import { More, type MoreProps } from "@/ui/More";
import { notifyDone } from "@/ui/notify";
import { Editing } from "./Editing";

interface Named {
  id: string;
  name: string;
  client_id: string;
}

export interface CardsProps<T> {
  list: MoreProps["list"] & {
    data?: { pages: { data: T[] }[] };
    error: unknown;
    refetch: () => unknown;
  };
  /** “closures”, “customers”, … */
  what: string;
  /** Instead of a list of nothing. */
  empty: ReactNode;
  children: (one: T) => ReactNode;
}

export function Cards<T extends { id: string }>({ list, what, empty, children }: CardsProps<T>) {
  const all = list.data?.pages.flatMap((page) => page.data);
  return (
    <>
      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !all ? (
        <Skeleton h={160} aria-busy aria-label={`Loading ${what}`} />
      ) : all.length === 0 ? (
        empty
      ) : (
        <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
          {all.map((one) => (
            <Fragment key={one.id}>{children(one)}</Fragment>
          ))}
        </Stack>
      )}
      <More list={list} />
    </>
  );
}

export interface NamedCardProps {
  name: string;
  facts: (string | null | undefined)[];
  /** Without them it is only read. */
  deeds?: { onEdit: () => void; remove: string; onRemove: () => void };
}

export function NamedCard({ name, facts, deeds }: NamedCardProps) {
  return (
    <Card component="li" padding="md">
      <Group justify="space-between" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {facts.filter(Boolean).join(" · ")}
          </Text>
        </div>
        {deeds && (
          <Group gap={4} wrap="nowrap">
            <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${name}`} onClick={deeds.onEdit}>
              <Pencil size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={`${deeds.remove} ${name}`} onClick={deeds.onRemove}>
              <Trash2 size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
    </Card>
  );
}

/** What a form of the dialog is given. */
export interface FormProps<T> {
  client: string;
  /** What is changed; without it something new is added. */
  existing?: Edited<T>;
  onSaved: (one: T) => void;
  onCancel: () => void;
}

export interface EditDialogProps<T> {
  open: T | "new" | null;
  /** “closure”, “customer”, … */
  what: string;
  size?: ModalProps["size"];
  load: (id: string) => Promise<{ data?: T; response: Response }>;
  onClose: () => void;
  children: (props: FormProps<T>) => ReactNode;
}

export function EditDialog<T extends Named>({ open, what, size, load, onClose, children }: EditDialogProps<T>) {
  const form = (client: string, existing?: Edited<T>) =>
    children({
      client,
      existing,
      onCancel: onClose,
      onSaved: (one) => {
        onClose();
        notifyDone(`${one.name} is ${existing ? "saved" : "added"}.`);
      },
    });
  return (
    <Modal
      opened={open !== null}
      onClose={onClose}
      size={size}
      title={open === "new" ? `Add ${what}` : open && `Edit ${open.name}`}
    >
      {open === "new" ? (
        <ForClient>{(client) => <Fragment key={client}>{form(client)}</Fragment>}</ForClient>
      ) : (
        open && (
          <Editing id={open.id} load={() => load(open.id)}>
            {(edited) => form(open.client_id, edited)}
          </Editing>
        )
      )}
    </Modal>
  );
}
