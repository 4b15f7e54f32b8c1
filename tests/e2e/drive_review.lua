-- Drives Neovim as the user of a persona would: selects lines of FILE, asks for a review, watches findings arrive,
-- applies the change that the first proposes, saves, and prints what was seen as one JSON object.
-- Run as: nvim --clean --headless -n -i NONE -l drive_review.lua

local seen = { version = tostring(vim.version()), progress = {} }
local exit_code

local function finish(code)
  for _, client in ipairs(vim.lsp.get_clients()) do
    client.stop()
  end
  seen.stopped = vim.wait(10000, function() return exit_code ~= nil end, 10)
  seen.exit_code = exit_code
  io.stdout:write(vim.json.encode(seen), "\n")
  io.stdout:flush()
  os.exit(code)
end

local function wait(what, condition)
  if not vim.wait(30000, condition, 5) then
    error("waited in vain: " .. what)
  end
end

local function claims(buffer)
  local found = vim.tbl_filter(function(one)
    return vim.startswith(tostring(one.code), "claude/")
  end, vim.diagnostic.get(buffer))
  table.sort(found, function(a, b) return a.lnum < b.lnum end)
  return found
end

local function plain(diagnostics)
  return vim.tbl_map(function(one)
    return { line = one.lnum, column = one.col, code = one.code, severity = one.severity, message = one.message }
  end, diagnostics)
end

local function act(buffer, range, pick)
  vim.ui.select = function(items, _, choose)
    for _, item in ipairs(items) do
      if pick(item.action) then
        return choose(item)
      end
    end
    error("the action that is looked for is not offered")
  end
  vim.lsp.buf.code_action({ range = range, filter = pick, apply = true })
end

local function drive()
  vim.g.loaded_python3_provider = 0
  vim.api.nvim_create_autocmd("LspProgress", {
    callback = function(event)
      local value = event.data.params and event.data.params.value or event.data.result.value
      table.insert(seen.progress, { kind = value.kind, title = value.title, message = value.message })
    end,
  })
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
  wait("the server", function() return #vim.lsp.get_clients({ bufnr = buffer }) > 0 end)
  wait("it to be ready", function() return vim.lsp.get_clients({ bufnr = buffer })[1].initialized end)

  local first, last = tonumber(vim.env.FIRST), tonumber(vim.env.LAST)
  act(buffer, { start = { first, 0 }, ["end"] = { last, 0 } }, function(action)
    return vim.startswith(action.title, "Review selection")
  end)
  wait("the first finding", function() return #claims(buffer) > 0 end)
  seen.while_streaming = plain(claims(buffer))
  seen.ended_before_the_first = vim.iter(seen.progress):any(function(one) return one.kind == "end" end)

  -- The user goes on typing above while the answer streams.
  vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { "# typed while the answer streams" })
  wait("the end", function()
    return vim.iter(seen.progress):any(function(one) return one.kind == "end" end)
  end)
  wait("the verdicts", function()
    local found = claims(buffer)
    return #found > 0 and found[1].severity == vim.diagnostic.severity.ERROR
  end)
  seen.in_the_end = plain(claims(buffer))

  local finding = claims(buffer)[1]
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
  vim.lsp.buf.hover()
  wait("the hover", function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        seen.hover = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
    return false
  end)
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  act(buffer, nil, function(action) return vim.startswith(action.title, vim.env.FIX) end)
  wait("the change", function() return vim.api.nvim_buf_get_changedtick(buffer) ~= tick end)
  wait("the finding to go", function() return #claims(buffer) == #seen.in_the_end - 1 end)
  vim.cmd("silent write")
end

local ok, problem = xpcall(drive, debug.traceback)
if not ok then
  seen.problem = problem .. "\n" .. vim.api.nvim_exec2("messages", { output = true }).output
end
finish(ok and 0 or 1)
