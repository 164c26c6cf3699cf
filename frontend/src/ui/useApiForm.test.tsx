import { Button, MantineProvider, TextInput } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/error";
import { Failure } from "./Failure";
import { useApiForm } from "./useApiForm";

function Form({ send }: { send: (values: { name: string; email: string }) => Promise<unknown> }) {
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { name: "", email: "" },
    validate: { name: isNotEmpty("Name it") },
    send,
  });
  return (
    <MantineProvider env="test">
      <form onSubmit={submit} noValidate>
        {failure && <Failure error={failure} />}
        <TextInput label="Name" {...form.getInputProps("name")} />
        <TextInput label="E-mail" {...form.getInputProps("email")} />
        <Button type="submit" loading={sending}>
          Save
        </Button>
      </form>
    </MantineProvider>
  );
}

const problem = (errors: ApiError["errors"]) =>
  new ApiError({ code: "validation_failed", status: 422, detail: "Something is wrong.", errors: [...errors] });

test("what is missing is said at the field, the field gets the focus, and nothing is sent", async () => {
  const send = vi.fn();
  render(<Form send={send} />);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(screen.getByText("Name it")).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Name")));
  expect(send).not.toHaveBeenCalled();
});

test("the service's objection to a field lands on that field, which gets the focus, and is not repeated on top", async () => {
  render(
    <Form
      send={() => Promise.reject(problem([{ pointer: "/email", code: "taken", detail: "Another client has it." }]))}
    />,
  );
  await userEvent.type(screen.getByLabelText("Name"), "Bright");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText("Another client has it.");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("E-mail")));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("an objection to something that is no field of the form is shown on top", async () => {
  render(
    <Form
      send={() => Promise.reject(problem([{ pointer: "/time_zone", code: "unknown", detail: "No such zone." }]))}
    />,
  );
  await userEvent.type(screen.getByLabelText("Name"), "Bright");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("No such zone.");
});

test("a second click while sending sends nothing", async () => {
  let finish: () => void = () => {};
  const send = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  render(<Form send={send} />);
  await userEvent.type(screen.getByLabelText("Name"), "Bright");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await userEvent.click(screen.getByRole("button", { name: /Save/ }));
  expect(send).toHaveBeenCalledTimes(1);
  finish();
});
