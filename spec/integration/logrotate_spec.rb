# frozen_string_literal: true

require "support/rspec"
require "support/service_helpers"

lacking = ServiceHelpers.lacking("logrotate" => "logrotate")

# support/logrotate/gitlab-mailroom beside a daemon that keeps its log open.
RSpec.describe "The logrotate snippet", :integration, :service, skip: lacking do
  # The snippet for the folder of this example, and for the user who runs it.
  let(:snippet) do
    text = File.read(support("logrotate", "gitlab-mailroom")).gsub("/home/git/gitlab/log/", "#{folder.path}/")
    text = text.sub("su git git", "su #{user} #{Etc.getgrgid(Process.gid).name}").gsub("mail_room_json.log", "log.json")
    folder.write("gitlab-mailroom", text, mode: 0o644)
  end

  def rotate
    program = ["/usr/sbin/logrotate", "logrotate"].find { |name| File.executable?(name) } || "logrotate"
    run(program, "--force", "--state", folder.join("state"), snippet)
  end

  it "loses no line, and leaves no hole" do
    inbox.append(Mails.small(1))
    process = launch(File.read(configuration))
    wait_for_action("Idling")
    before = File.read(folder.join("log.json"))
    expect(rotate).to eq(["", 0])
    expect(File.read(folder.join("log.json.1"))).to eq(before)

    inbox.append(Mails.small(2))
    wait_for_action("message pushed")
    process.term
    process.exit_status
    after = File.binread(folder.join("log.json"))
    expect(after).to start_with("{").and not_include("\0")
    expect(after.lines.map { |line| JSON.parse(line)["action"] }).to include("message pushed", "Done with mailbox")
  end
end
