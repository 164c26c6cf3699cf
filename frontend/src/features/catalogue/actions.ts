// Archiving with its way back, and removing after a question.
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { invalidate } from "@/api/query";
import type { Closure, Customer, Service, Staff } from "@/api/types";
import { confirm } from "@/ui/confirm";
import { notifyDone, notifyFailure, notifyUndo } from "@/ui/notify";

const at = (id: string) => ({ params: { path: { id } } });

export function useCatalogueActions() {
  const queries = useQueryClient();
  /** Does it, reads again, and says so; a failure is shown and changes nothing. */
  const run = async (what: () => Promise<unknown>, path: string, told: () => void) => {
    try {
      await what();
      await invalidate(queries, path);
      told();
      return true;
    } catch (error) {
      notifyFailure(error);
      return false;
    }
  };

  const restoreService = (one: Service) =>
    run(
      () => api.PATCH("/api/v1/services/{id}", { ...at(one.id), body: { is_active: true } }),
      "/api/v1/services",
      () => notifyDone(`${one.name} is back.`),
    );
  const archiveService = (one: Service) =>
    run(
      () => api.DELETE("/api/v1/services/{id}", at(one.id)),
      "/api/v1/services",
      () => notifyUndo(`${one.name} is archived.`, () => void restoreService(one)),
    );
  const restoreStaff = (one: Staff) =>
    run(
      () => api.PATCH("/api/v1/staff/{id}", { ...at(one.id), body: { is_active: true } }),
      "/api/v1/staff",
      () => notifyDone(`${one.name} is back.`),
    );
  const archiveStaff = (one: Staff) =>
    run(
      () => api.DELETE("/api/v1/staff/{id}", at(one.id)),
      "/api/v1/staff",
      () => notifyUndo(`${one.name} is archived.`, () => void restoreStaff(one)),
    );
  const removeClosure = (one: Closure) => {
    const { client_id, name, first_day, last_day, starts_at, ends_at } = one;
    const body = { client_id, name, first_day, last_day, starts_at, ends_at };
    const again = () =>
      run(
        () => api.POST("/api/v1/closures", { body }),
        "/api/v1/closures",
        () => notifyDone(`${name} is back.`),
      );
    return run(
      () => api.DELETE("/api/v1/closures/{id}", at(one.id)),
      "/api/v1/closures",
      () => notifyUndo(`${name} is removed.`, () => void again()),
    );
  };
  const forgetCustomer = async (one: Customer) => {
    const yes = await confirm({
      title: `Forget ${one.name}?`,
      body: "What is known about them is erased for good. Their bookings stay, without a name.",
      verb: "Forget",
    });
    if (!yes) return false;
    return run(
      () => api.DELETE("/api/v1/customers/{id}", at(one.id)),
      "/api/v1/customers",
      () => notifyDone(`${one.name} is forgotten.`),
    );
  };
  return { archiveService, restoreService, archiveStaff, restoreStaff, removeClosure, forgetCustomer };
}
