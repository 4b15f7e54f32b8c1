-- Drives Neovim as its user would: opens FILE with the server SERVER (words of a command), lets it fix the first and
-- the last thing that RULE reports, and prints what it saw as one JSON object.
-- Run as: nvim --clean --headless -n -i NONE -l drive.lua

local seen = { version = tostring(vim.version()) }
local exit_code

local function finish(code)
  for _, client in ipairs(vim.lsp.get_clients()) do
    client.stop()
  end
  -- The server must end by itself before we do, or what it still writes is lost.
  seen.stopped = vim.wait(10000, function() return exit_code ~= nil end, 10)
  seen.exit_code = exit_code
  io.stdout:write(vim.json.encode(seen), "\n")
  io.stdout:flush()
  os.exit(code)
end

local function wait(what, condition)
  if not vim.wait(20000, condition, 10) then
    error("waited in vain: " .. what)
  end
end

local function text(buffer)
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  return table.concat(lines, "\n") .. "\n"
end

-- The diagnostics of RULE, those above first.
local function reported(buffer)
  local found = vim.tbl_filter(function(one) return one.code == vim.env.RULE end, vim.diagnostic.get(buffer))
  table.sort(found, function(a, b) return a.lnum < b.lnum end)
  return found
end

local function go_to(diagnostic)
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
end

local function floating_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
      vim.api.nvim_win_close(window, true)
      return table.concat(lines, "\n")
    end
  end
end

-- The menu of code actions at the cursor, from which `pick` takes one; what was offered is noted.
local function act(buffer, pick)
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local missing = false
  seen.offered = {}
  vim.ui.select = function(items, _, choose)
    for _, item in ipairs(items) do
      if pick(item.action) then
        return choose(item)
      end
    end
    missing = true
    choose(nil)
  end
  vim.lsp.buf.code_action({
    filter = function(action)
      table.insert(seen.offered, action.title)
      return true
    end,
  })
  wait("the action to change the text", function()
    return missing or vim.api.nvim_buf_get_changedtick(buffer) ~= tick
  end)
  if missing then
    error("the action that is looked for is not offered")
  end
end

-- The edit of the action that `pick` takes, asked for as Neovim does, and not applied.
local function edit_of(client, buffer, diagnostic, pick)
  go_to(diagnostic)
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = { diagnostic.user_data.lsp }, triggerKind = 1 }
  local answer = client.request_sync("textDocument/codeAction", params, 20000, buffer)
  for _, action in ipairs(answer.result) do
    if pick(action) then
      if not action.edit then
        action = client.request_sync("codeAction/resolve", action, 20000, buffer).result
      end
      return action.edit
    end
  end
end

local function is_fix(action)
  return not vim.startswith(action.title, "Ignore") and not vim.startswith(action.title, "Explain")
    and action.kind == "quickfix"
end

local function drive()
  vim.g.loaded_python3_provider = 0 -- the file type would look for a Python of its own, which can take seconds
  vim.api.nvim_create_autocmd("FileType", {
    callback = function(event)
      vim.lsp.start({
        name = "oldhand",
        cmd = vim.split(vim.env.SERVER, " ", { trimempty = true }),
        root_dir = vim.env.ROOT,
        on_exit = function(code) exit_code = code end,
      }, { bufnr = event.buf })
    end,
  })
  vim.cmd("filetype on")
  vim.cmd.edit(vim.fn.fnameescape(vim.env.FILE))
  local buffer = vim.api.nvim_get_current_buf()
  wait("diagnostics", function() return #reported(buffer) > 0 end)
  local client = vim.lsp.get_clients({ bufnr = buffer })[1]
  seen.encoding = client.offset_encoding
  seen.diagnostics = vim.tbl_map(function(diagnostic)
    return { line = diagnostic.lnum, column = diagnostic.col, end_column = diagnostic.end_col, code = diagnostic.code }
  end, vim.diagnostic.get(buffer))

  go_to(reported(buffer)[1])
  vim.lsp.buf.hover()
  wait("the hover", function()
    seen.hover = floating_text()
    return seen.hover ~= nil
  end)

  local before = text(buffer)
  local count = #reported(buffer)
  go_to(reported(buffer)[1])
  act(buffer, is_fix)
  seen.fixed = text(buffer)
  wait("the finding to go", function() return #reported(buffer) == count - 1 end)

  vim.cmd("silent undo")
  seen.undone = text(buffer) == before
  wait("the finding to come back", function() return #reported(buffer) == count end)

  local last = reported(buffer)[count]
  local stale = edit_of(client, buffer, last, is_fix)
  seen.document_version = stale.documentChanges and stale.documentChanges[1].textDocument.version
  seen.buffer_version = vim.lsp.util.buf_versions[buffer]
  vim.api.nvim_feedkeys(vim.keycode("ggO# looked through by hand<Esc>"), "xt", false)
  local typed = text(buffer)
  vim.lsp.util.apply_workspace_edit(stale, client.offset_encoding)
  seen.stale_edit_refused = text(buffer) == typed

  wait("the finding to follow the text", function()
    local found = reported(buffer)
    return #found == count and found[count].lnum == last.lnum + 1
  end)
  go_to(reported(buffer)[count])
  act(buffer, is_fix)
  wait("the last finding to go", function() return #reported(buffer) == count - 1 end)
  vim.cmd("silent write")
  seen.modified = vim.bo[buffer].modified
  seen.messages = vim.api.nvim_exec2("messages", { output = true }).output
end

local ok, problem = xpcall(drive, debug.traceback)
if not ok then
  seen.problem = problem .. "\n" .. vim.api.nvim_exec2("messages", { output = true }).output
end
finish(ok and 0 or 1)
