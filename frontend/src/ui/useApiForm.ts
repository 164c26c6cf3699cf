// Forms that all behave alike: fields are checked, sent once, the service's field errors land on their fields,
// the first wrong field gets the focus, everything else is shown above the buttons by <Failure>.
import { type UseFormInput, useForm } from "@mantine/form";
import { type FormEvent, useState } from "react";
import { type ApiError, toApiError } from "@/api/error";
import { formPath } from "@/lib/pointer";

export interface ApiFormOptions<V extends Record<string, unknown>> extends UseFormInput<V> {
  /** Sends the values; throws `ApiError`. */
  send: (values: V) => Promise<unknown>;
  /** Where the service's name of a field differs from the form's: returns the form's path. */
  fieldOf?: (pointer: string) => string;
}

export function useApiForm<V extends Record<string, unknown>>({ send, fieldOf, ...input }: ApiFormOptions<V>) {
  const form = useForm<V>({ mode: "controlled", ...input });
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);

  const focus = (path: string | undefined) => {
    if (path) requestAnimationFrame(() => form.getInputNode(path)?.focus());
  };

  const deliver = async (values: V) => {
    setSending(true);
    setFailure(null);
    try {
      await send(values);
    } catch (thrown) {
      const error = toApiError(thrown);
      const known = error.errors
        .map((one) => ({ path: fieldOf?.(one.pointer) ?? formPath(one.pointer), detail: one.detail }))
        .filter(({ path }) => path.split(".")[0] !== "" && (path.split(".")[0] as string) in values);
      form.setErrors(Object.fromEntries(known.map(({ path, detail }) => [path, detail])));
      // When every error stands beside its field, a box on top would only say it twice.
      setFailure(known.length > 0 && known.length === error.errors.length ? null : error);
      focus(known[0]?.path);
    } finally {
      setSending(false);
    }
  };

  const submit = form.onSubmit(
    (values) => void deliver(values),
    (errors) => focus(Object.keys(errors)[0]),
  );

  return { form, sending, failure, submit: (event?: FormEvent<HTMLFormElement>) => submit(event) };
}
