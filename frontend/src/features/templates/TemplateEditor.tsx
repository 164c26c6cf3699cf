// A template being written: its texts, its variables, what is different for a client; beside it what comes out.
import { Button, Group, Menu, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { History, ListChecks, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { Template } from "@/api/types";
import { announce } from "@/ui/announce";
import { confirm } from "@/ui/confirm";
import { Failure } from "@/ui/Failure";
import { notifyDone, notifyFailure } from "@/ui/notify";
import { PageHeader } from "@/ui/PageHeader";
import { Section } from "@/ui/Section";
import { FieldInput } from "./FieldInput";
import { Overrides } from "./Overrides";
import { Preview } from "./Preview";
import type { Version } from "./TemplatePage";
import { type Draft, draftOf, fields, mergePatch, nameFault, sentOf } from "./template";
import { UseDialog } from "./UseDialog";
import { usePreview } from "./usePreview";
import { Variables } from "./Variables";
import { Versions } from "./Versions";

export function TemplateEditor({ found }: { found: Version | null }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("events:write");
  const [version, setVersion] = useState(found);
  const [draft, setDraft] = useState<Draft>(() => draftOf(found?.template));
  const [shown, setShown] = useState(() =>
    fields.filter((one) => one.usual || draft.fields[one.name] !== undefined).map((one) => one.name),
  );
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [nameless, setNameless] = useState(false);
  const [using, setUsing] = useState(false);
  const [looking, setLooking] = useState(false);
  const set = (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change }));
  const sent = sentOf(draft);
  const saved = version ? sentOf(draftOf(version.template)) : null;
  const dirty = saved
    ? Object.keys(mergePatch(saved, sent)).length > 0
    : draft.name !== "" || Boolean(sent.fields.title);
  const preview = usePreview(sent);
  const errorsOf = (name: string, client: string | null) =>
    (preview.data?.errors ?? [])
      .filter((one) => one.field === name && (one.client_id ?? null) === client)
      .map((one) => ({ position: one.position ?? null, detail: one.detail }));
  const names = draft.variables.map((one) => one.name.trim()).filter(Boolean);

  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      if (!dirty || saving || current.pathname === next.pathname) return false;
      return !(await confirm({
        title: "Leave without saving?",
        body: "What you changed in this template is not saved.",
        verb: "Leave",
      }));
    },
    enableBeforeUnload: () => dirty && !saving,
  });

  const save = async (): Promise<Version | null> => {
    if (!sent.name) {
      setNameless(true);
      document.getElementById("template-name")?.focus();
      return null;
    }
    setSaving(true);
    setFailure(null);
    try {
      const { data, response } = version
        ? await api.PATCH("/api/v1/templates/{id}", {
            params: { path: { id: version.template.id } },
            headers: version.etag ? { "If-Match": version.etag } : {},
            body: mergePatch(sentOf(draftOf(version.template)), sent) as never,
          })
        : await api.POST("/api/v1/templates", { body: sent });
      if (!data) throw new Error("empty answer");
      const next = { template: data, etag: response.headers.get("etag") };
      setVersion(next);
      await invalidate(queries, "/api/v1/templates");
      notifyDone(`${data.name} is saved.`);
      return next;
    } catch (error) {
      setFailure(toApiError(error));
      return null;
    } finally {
      setSaving(false);
    }
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const next = await save();
    if (next && !version) {
      await navigate({ to: "/templates/$templateId", params: { templateId: next.template.id }, replace: true });
    }
  };
  const use = async () => {
    if (!dirty && version) return setUsing(true);
    const next = await save();
    if (next) setUsing(true);
  };
  const remove = async () => {
    if (!version) return;
    const yes = await confirm({
      title: `Delete “${version.template.name}”?`,
      body: "The template goes; events that were made from it stay.",
      verb: "Delete template",
    });
    if (!yes) return;
    try {
      await api.DELETE("/api/v1/templates/{id}", {
        params: { path: { id: version.template.id } },
        headers: version.etag ? { "If-Match": version.etag } : {},
      });
    } catch (error) {
      return notifyFailure(error);
    }
    setVersion(null);
    setDraft({ name: "", fields: {}, variables: [], clients: {} });
    await invalidate(queries, "/api/v1/templates");
    await navigate({ to: "/templates", replace: true, ignoreBlocker: true });
  };
  const takeUp = (old: Template) => {
    const next = draftOf(old);
    setDraft(next);
    setShown(fields.filter((one) => one.usual || next.fields[one.name] !== undefined).map((one) => one.name));
    setLooking(false);
    announce(`Version ${old.version} is in the form. Save to keep it.`);
  };
  const more = fields.filter((one) => !shown.includes(one.name));
  return (
    <>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <PageHeader
          title={version?.template.name ?? "New template"}
          description={
            version ? `Version ${version.template.version}. Each time it is saved, the one before is kept.` : undefined
          }
          help="templates"
        >
          {version && version.template.version > 1 && (
            <Button variant="subtle" leftSection={<History size={16} aria-hidden />} onClick={() => setLooking(true)}>
              Versions
            </Button>
          )}
          {mayWrite && version && (
            <Button
              variant="subtle"
              color="red"
              leftSection={<Trash2 size={16} aria-hidden />}
              onClick={() => void remove()}
            >
              Delete
            </Button>
          )}
          {mayWrite && (
            <>
              <Button type="submit" variant="default" loading={saving} disabled={!dirty}>
                Save
              </Button>
              <Button leftSection={<ListChecks size={16} aria-hidden />} disabled={saving} onClick={() => void use()}>
                Use it…
              </Button>
            </>
          )}
        </PageHeader>
        {failure && <Failure error={failure} />}
        <SimpleGrid cols={{ base: 1, md: 2 }} mt={failure ? "md" : 0}>
          <Stack>
            <Section title="What each event says">
              <Stack gap="sm">
                <TextInput
                  id="template-name"
                  label="Name of the template"
                  required
                  value={draft.name}
                  error={nameless && !sent.name ? "Name the template" : undefined}
                  onChange={(event) => set({ name: event.currentTarget.value })}
                />
                {fields
                  .filter((one) => shown.includes(one.name))
                  .map((field) => (
                    <FieldInput
                      key={field.name}
                      field={field}
                      value={draft.fields[field.name] ?? ""}
                      errors={errorsOf(field.name, null)}
                      variables={names}
                      onChange={(text) => set({ fields: { ...draft.fields, [field.name]: text } })}
                      onRemove={
                        field.usual
                          ? undefined
                          : () => {
                              const { [field.name]: _, ...rest } = draft.fields;
                              set({ fields: rest });
                              setShown((old) => old.filter((one) => one !== field.name));
                            }
                      }
                    />
                  ))}
                {more.length > 0 && (
                  <Group>
                    <Menu position="bottom-start">
                      <Menu.Target>
                        <Button variant="subtle" size="compact-sm" leftSection={<Plus size={14} aria-hidden />}>
                          Another field
                        </Button>
                      </Menu.Target>
                      <Menu.Dropdown>
                        {more.map(({ name, label }) => (
                          <Menu.Item key={name} onClick={() => setShown((old) => [...old, name])}>
                            {label}
                          </Menu.Item>
                        ))}
                      </Menu.Dropdown>
                    </Menu>
                  </Group>
                )}
              </Stack>
            </Section>
            <Variables
              rows={draft.variables}
              faultOf={(name) => nameFault(name, draft.variables)}
              onChange={(variables) => set({ variables })}
            />
            <Overrides draft={draft} names={names} errorsOf={errorsOf} onChange={(clients) => set({ clients })} />
          </Stack>
          <Preview
            preview={preview}
            untitled={!sent.fields.title && !Object.values(draft.clients).some((one) => one.fields.title)}
          />
        </SimpleGrid>
      </form>
      {/* Not within the form: what is submitted in them would be submitted there, too. */}
      {looking && version && <Versions template={version.template} onTake={takeUp} onClose={() => setLooking(false)} />}
      {using && version && <UseDialog template={version.template} onClose={() => setUsing(false)} />}
    </>
  );
}
