export const itemLook =
  "flex min-h-10 cursor-pointer items-center gap-3 px-4 py-2.5 outline-none data-[selected=true]:bg-hover touch:min-h-11"
