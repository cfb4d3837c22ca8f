# frozen_string_literal: true

require "open3"
require "support/rspec"

# As requeue_spec.rb, for mailboxes on Microsoft Graph.
RSpec.describe "mail_room requeue on Microsoft Graph", :graph, :integration, :postback do
  let!(:refused) { graph_mailbox.deliver(Mails.small(1)) }
  let!(:taken) { graph_mailbox.deliver(Mails.small(2)) }

  # Starts mail_room with a web application that refuses mail 1, and waits until that is put aside.
  def quarantine(**others)
    web.decide { |request| { status: Mails.number(request.body) == 1 ? 422 : 200 } }
    mail_room(on_graph(delivery_method: "postback", delivery_options: { url: web.url }, **others))
    processes.last.wait_for_action("message quarantined")
    processes.last.wait_until(what: "all marks") { [refused, taken].all?(&:read?) }
    web.decide { |_request| Servers::Web::ACCEPTED }
  end

  # @return [Array] what it printed, and its exit status
  def requeue(*arguments)
    command = [*MailRoomProcess::COMMAND, "requeue", "-c", processes.last.config_path, *arguments]
    output, errors, status = Open3.capture3(*command, chdir: MailRoomProcess::ROOT)
    [output, errors, status.exitstatus]
  end

  def told(folder, what)
    "#{folder.inspect} of support@example.com: #{what}\n"
  end

  it "has them tried again, and leaves those alone that a person has flagged" do
    quarantine
    graph_mailbox.change(taken) { |message| message.update(read: true, flag: "flagged", properties: {}) }
    expect(requeue).to eq([told("inbox", "1 message put back (UID #{refused.id})"), "", 0])
    processes.last.wait_until(what: "the third request") { web.requests.size == 3 }
    processes.last.wait_until(what: "the mark") { refused.read? }
    expect([refused, taken].map(&:flag)).to eq(%w[notFlagged flagged])
    expect(requeue.first).to end_with("nothing to put back\n")
  end

  it "brings them back from quarantine_mailbox, a folder that was made for them" do
    quarantine(quarantine_mailbox: "Failed", arbitration_method: "redis",
               arbitration_options: { redis_url: redis.url })
    processes.last.wait_until(what: "the move") { refused.folder.name == "Failed" }
    expect(requeue("--dry-run").first).to start_with(told("Failed", "1 message quarantined (UID #{refused.id})"))
    expect(requeue).to eq([told("Failed", "1 message put back (UID #{refused.id})") +
                           told("inbox", "nothing to put back"), "", 0])
    processes.last.wait_until(what: "the third request") { web.requests.size == 3 }
    processes.last.wait_until(what: "the mark") { refused.read? }
    expect(refused.folder).to eq(graph_mailbox.folder("inbox"))
  end

  it "takes only those with --uid, by their immutable ids" do
    quarantine
    nothing = "mail_room: \"inbox\" of support@example.com: no quarantined message with UID #{taken.id}\n"
    expect(requeue("--uid", taken.id)).to match([/nothing to put back\n\z/, nothing, 1])
    expect(requeue("--uid", "no id")).to match([/nothing to put back\n\z/, /no quarantined message with UID no id$/, 1])
    expect(requeue("--uid", refused.id)).to eq([told("inbox", "1 message put back (UID #{refused.id})"), "", 0])
  end

  it "says why a mailbox cannot be served" do
    quarantine
    graph_mailbox.forbidden = true
    expect(requeue).to match(["", /\Amail_room: "inbox" of support@example.com: .*403.*ErrorAccessDenied/, 1])
  end
end
