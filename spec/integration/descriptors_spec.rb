# frozen_string_literal: true

require "support/rspec"

# Each mailbox needs a file descriptor for as long as it is watched.
RSpec.describe "A limit for file descriptors", :integration do
  # @param kind [String] `S` for the soft limit, which a process may raise up to the hard one; empty for both
  def start(kind)
    boxes = Array.new(30) { new_inbox }
    command = ["bash", "-c", "ulimit -#{kind}n 48; exec \"$@\"", "bash", *MailRoomProcess::COMMAND]
    mail_room(*boxes.map { |box| settings(box) }, options: { command: command })
  end

  it "that is too low is told at start, with what is needed and how to get it" do
    process = start("")
    expect(process.exit_status).to eq(1)
    expect(process.stderr).to match(
      /30 mailboxes need \d+ file descriptors, and this process may open 48.*LimitNOFILE=128 .*`ulimit -n 128`/
    )
    expect(process.log).to eq([])
  end

  it "that is only the soft one is raised" do
    process = start("S")
    process.wait_until(what: "all mailboxes") { process.log.count { |line| line["action"] == "Idling" } == 30 }
    expect(process.everything).not_to include("Too many open files")
  end
end
