// What the pages of bulk work ask the service for, and what they tell it.
import { infiniteQueryOptions, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/error";
import { invalidate } from "@/api/query";
import type { Import, ItemOutcome, ItemState, Layout, Operation, PlanIn } from "@/api/types";
import { isBusy } from "./words";

function whole<T>(data: T | undefined): T {
  if (data === undefined) throw new Error("empty answer");
  return data;
}

/** Between two whole percents of a large operation minutes may pass. */
const OFTEN_MS = 3_000;

export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/operations/{id}", id] as const,
    queryFn: async ({ signal }): Promise<Operation> => {
      const { data } = await api.GET("/api/v1/operations/{id}", { params: { path: { id } }, signal });
      return whole(data);
    },
    staleTime: 1_000,
    refetchInterval: ({ state }) => (state.data && isBusy(state.data.state) ? OFTEN_MS : false),
  });

export interface ItemFilter {
  outcome?: ItemOutcome;
  state?: ItemState;
  /** Only lines at whose time something else is. */
  conflicts?: true;
}

export const itemsQuery = (id: string, filter: ItemFilter) =>
  infiniteQueryOptions({
    queryKey: ["get", "/api/v1/operations/{id}/items", id, filter] as const,
    queryFn: async ({ pageParam, signal }) => {
      const params = { path: { id }, query: { ...filter, limit: 200, cursor: pageParam } };
      const { data } = await api.GET("/api/v1/operations/{id}/items", { params, signal });
      return whole(data);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 2_000,
  });

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["get", "/api/v1/imports/{id}", id] as const,
    queryFn: async ({ signal }): Promise<Import> => {
      const { data } = await api.GET("/api/v1/imports/{id}", { params: { path: { id } }, signal });
      return whole(data);
    },
    meta: { still: true },
    staleTime: 60_000,
  });

export async function changeLayout(id: string, layout: Layout): Promise<Import> {
  const { data } = await api.PATCH("/api/v1/imports/{id}", { params: { path: { id } }, body: { layout } });
  return whole(data);
}

export async function planImport(id: string, body: PlanIn): Promise<Operation> {
  const { data } = await api.POST("/api/v1/imports/{id}/plan", { params: { path: { id } }, body });
  return whole(data);
}

export type Deed = "apply" | "pause" | "resume" | "cancel" | "retry" | "undo";

async function send(deed: Deed, operation: Operation, confirmed: boolean): Promise<Operation> {
  const params = { path: { id: operation.id } };
  switch (deed) {
    case "apply": {
      const body = { hash: operation.summary?.hash ?? "", confirm_deletions: confirmed || undefined };
      return whole((await api.POST("/api/v1/operations/{id}/apply", { params, body })).data);
    }
    case "pause":
      return whole((await api.POST("/api/v1/operations/{id}/pause", { params })).data);
    case "resume":
      return whole((await api.POST("/api/v1/operations/{id}/resume", { params })).data);
    case "cancel":
      return whole((await api.POST("/api/v1/operations/{id}/cancel", { params })).data);
    case "retry":
      return whole((await api.POST("/api/v1/operations/{id}/retry", { params })).data);
    case "undo":
      return whole((await api.POST("/api/v1/operations/{id}/undo", { params })).data);
  }
}

/** Does something to an operation. What was refused stays on the page until the next try. */
export function useDeeds() {
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Deed | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const run = async (deed: Deed, operation: Operation, confirmed = false): Promise<Operation | null> => {
    setDoing(deed);
    setFailure(null);
    try {
      const answer = await send(deed, operation, confirmed);
      queries.setQueryData(operationQuery(answer.id).queryKey, answer);
      return answer;
    } catch (error) {
      setFailure(toApiError(error));
      return null;
    } finally {
      setDoing(null);
      void invalidate(queries, "/api/v1/operations");
    }
  };
  return { run, doing, failure };
}
