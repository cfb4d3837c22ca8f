# frozen_string_literal: true

require "json"

# A second build of the native part, into a folder that no other program has on its load path. It is of cargo's
# development profile, so that what `cargo test` has built is used again.
desc "Build the native part that can be stopped dead at a step of a pass, for the specs"
task :crash_points do
  cargo = [ENV.fetch("CARGO", "cargo"), "build", "--locked", "--package", "mail_room_rs",
           "--features", "crash-points", "--message-format", "json-render-diagnostics"]
  puts cargo.join(" ")
  messages = IO.popen(cargo, &:readlines)
  abort "cargo failed, see above." unless Process.last_status.success?

  built = messages.map { |line| JSON.parse(line) }
                  .find { |message| message.dig("target", "name") == "mail_room_rs" && message["filenames"] }
  mkdir_p "tmp/crash_points/mail_room"
  # Not written over: a process that uses the old one goes on with it.
  rm_f "tmp/crash_points/mail_room/mail_room_rs.#{RbConfig::CONFIG['DLEXT']}"
  cp built["filenames"].first, "tmp/crash_points/mail_room/mail_room_rs.#{RbConfig::CONFIG['DLEXT']}"
end
