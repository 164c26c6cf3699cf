// People who come: found by what a caller says.
import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { Contact, Search, UserPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { $api, api } from "@/api/client";
import { changes, orNull, useGuard } from "@/api/edited";
import { useClientNames } from "@/api/names";
import { invalidate } from "@/api/query";
import { useMay } from "@/api/session";
import type { Customer } from "@/api/types";
import { useClientScope } from "@/lib/client-scope";
import { count } from "@/lib/count";
import { announce } from "@/ui/announce";
import { EmptyState } from "@/ui/EmptyState";
import { Failure } from "@/ui/Failure";
import { byPages } from "@/ui/More";
import { PageHeader } from "@/ui/PageHeader";
import { useApiForm } from "@/ui/useApiForm";
import { useCatalogueActions } from "./actions";
import { Cards, EditDialog, type FormProps, NamedCard } from "./Cards";

export function CustomersPage() {
  const client_id = useClientScope();
  const mayWrite = useMay("bookings:write");
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 200);
  const [open, setOpen] = useState<Customer | "new" | null>(null);
  const names = useClientNames(client_id === undefined);
  const { forgetCustomer } = useCatalogueActions();
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/customers",
    { params: { query: { client_id, q: q || undefined, limit: 50 } } },
    { ...byPages, placeholderData: keepPreviousData },
  );
  const found = list.data?.pages.reduce((sum, page) => sum + page.data.length, 0);
  useEffect(() => {
    if (found !== undefined && q) announce(`${count(found, "customer")} found`);
  }, [found, q]);
  return (
    <>
      <PageHeader title="Customers" description="The people who come." help="services">
        {mayWrite && (
          <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setOpen("new")}>
            Add customer
          </Button>
        )}
      </PageHeader>
      <TextInput
        type="search"
        mb="md"
        maw={360}
        aria-label="Search customers"
        placeholder="Name, e-mail or phone number"
        leftSection={<Search size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Cards
        list={list}
        what="customers"
        empty={
          <EmptyState
            icon={Contact}
            title={q ? "Nobody matches" : "No customers yet"}
            body={
              q
                ? `Nothing found for “${q}”. A few letters or digits are enough.`
                : "They are added here, or when they book."
            }
          />
        }
      >
        {(one) => (
          <NamedCard
            name={one.name}
            facts={[one.email, one.phone, names.data?.get(one.client_id)]}
            deeds={
              mayWrite
                ? { onEdit: () => setOpen(one), remove: "Forget", onRemove: () => void forgetCustomer(one) }
                : undefined
            }
          />
        )}
      </Cards>
      <EditDialog
        open={open}
        what="customer"
        load={(id) => api.GET("/api/v1/customers/{id}", { params: { path: { id } } })}
        onClose={() => setOpen(null)}
      >
        {(props) => <CustomerForm {...props} />}
      </EditDialog>
    </>
  );
}

const fieldsOf = (customer: Customer | undefined) => ({
  name: customer?.name ?? "",
  email: customer?.email ?? "",
  phone: customer?.phone ?? "",
  notes: customer?.notes ?? "",
});
type Fields = ReturnType<typeof fieldsOf>;
const sent = ({ name, email, phone, notes }: Fields) => ({
  name: name.trim(),
  email: orNull(email),
  phone: orNull(phone),
  notes: orNull(notes),
});

function CustomerForm({ client, existing, onSaved, onCancel }: FormProps<Customer>) {
  const queries = useQueryClient();
  const guarded = useGuard(existing?.etag);
  const now = existing?.now;
  const { form, submit, sending, failure } = useApiForm<Fields>({
    initialValues: fieldsOf(now),
    validate: { name: isNotEmpty("What are they called?") },
    send: async (values) => {
      const { data } = now
        ? await guarded((headers) =>
            api.PATCH("/api/v1/customers/{id}", {
              params: { path: { id: now.id } },
              headers,
              body: changes(sent(fieldsOf(now)), sent(values)),
            }),
          )
        : await api.POST("/api/v1/customers", { body: { ...sent(values), client_id: client } });
      await invalidate(queries, "/api/v1/customers");
      if (data) onSaved(data);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure && <Failure error={failure} />}
        <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />
        <TextInput label="E-mail" type="email" {...form.getInputProps("email")} />
        <TextInput label="Phone" type="tel" {...form.getInputProps("phone")} />
        <Textarea
          label="Notes"
          description="Only your team sees them"
          autosize
          minRows={2}
          {...form.getInputProps("notes")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={sending}>
            {existing ? "Save" : "Add customer"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
