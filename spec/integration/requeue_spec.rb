# frozen_string_literal: true

require "open3"
require "support/rspec"

# What an operator does about mails that were put aside, once their cause is mended.
RSpec.describe "mail_room requeue", :integration, :postback do
  # Starts mail_room with a web application that refuses mail 1, and waits until that is put aside.
  def quarantine(**others)
    web.decide { |request| { status: Mails.number(request.body) == 1 ? 422 : 200 } }
    inbox.append(Mails.small(1), Mails.small(2))
    process = mail_room(postback(idle_timeout: 1, **others))
    process.wait_for_action("message quarantined")
    process.wait_until(what: "all marks") { inbox.unseen.zero? }
    web.decide { |_request| Servers::Web::ACCEPTED }
    process
  end

  # @return [Array] what it printed, and its exit status
  def requeue(*arguments, config: processes.last.config_path)
    command = [*MailRoomProcess::COMMAND, "requeue", "-c", config, *arguments]
    output, errors, status = Open3.capture3(*command, chdir: MailRoomProcess::ROOT)
    [output, errors, status.exitstatus]
  end

  it "has them tried again, and leaves those alone that a person has flagged" do
    quarantine
    inbox.mark(2, :Flagged)
    told = %("INBOX" of #{inbox.user}: 1 message put back (UID 1)\n)
    expect(requeue).to eq([told, "", 0])
    processes.last.wait_until(30, what: "the second request") { web.requests.size == 3 }
    processes.last.wait_until(what: "all marks") { inbox.unseen.zero? }
    expect_soon { expect(inbox.flags).to match(1 => [:Seen], 2 => match_array(%i[Seen Flagged])) }
    expect(requeue.first).to end_with("nothing to put back\n")
  end

  it "brings them back from quarantine_mailbox" do
    process = quarantine(quarantine_mailbox: "Failed")
    process.wait_until(what: "the move") { inbox.count == 1 }
    told = %("Failed" of #{inbox.user}: 1 message put back (UID 1)\n"INBOX" of #{inbox.user}: nothing to put back\n)
    expect(requeue).to eq([told, "", 0])
    process.wait_until(30, what: "the second request") { web.requests.size == 3 }
    process.wait_until(what: "all marks") { inbox.unseen.zero? }
    expect_soon { expect(inbox.flags.values).to eq([[:Seen], [:Seen]]) }
    expect(dovecot.inbox(inbox.user, mailbox: "Failed").count).to eq(0)
  end

  it "finds those that could not be moved where they are" do
    quarantine(quarantine_mailbox: "not/here")
    expect(requeue.first).to end_with(%("INBOX" of #{inbox.user}: 1 message put back (UID 1)\n))
  end

  it "has the failures count anew, also in Redis" do
    web.decide { |request| { status: Mails.number(request.body) == 1 ? 500 : 200 } }
    inbox.append(Mails.small(1))
    arbitration = { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
    process = mail_room(postback(idle_timeout: 1, max_attempts: 2, **arbitration))
    2.times do |round|
      process.wait_until(30, what: "quarantine #{round}") { inbox.flags.fetch(1).include?(:Flagged) }
      expect(web.requests.size).to eq(2 * (round + 1))
      requeue if round.zero?
    end
  end

  it "refuses to guess where messages of a mailbox for two belong" do
    folder = Servers::Folder.new("requeue").tap { |made| disposables << made }
    mailboxes = %w[INBOX Support].map { |name| postback(name: name, quarantine_mailbox: "Failed") }
    folder.write("mail_room.yml", YAML.dump({ mailboxes: mailboxes }))
    expect(requeue(config: folder.join("mail_room.yml"))).to match(["", /have the same quarantine_mailbox/, 1])
  end

  it "only tells which they are, with --dry-run" do
    quarantine
    expect(requeue("--dry-run")).to eq([%("INBOX" of #{inbox.user}: 1 message quarantined (UID 1)\n), "", 0])
    expect(inbox.flags[1]).to include(:Flagged)
  end

  it "takes only those with --uid" do
    quarantine
    nothing = "mail_room: \"INBOX\" of #{inbox.user}: no quarantined message with UID 2\n"
    expect(requeue("--uid", "2")).to match([/nothing to put back\n\z/, nothing, 1])
    expect(requeue("--uid", "1", "--name", "INBOX")).to match([/1 message put back \(UID 1\)\n\z/, "", 0])
  end

  it "serves the other mailboxes when one is out of reach, and says so" do
    quarantine
    config = { mailboxes: [settings(new_inbox, port: Servers::Ports.free), postback] }
    folder = Servers::Folder.new("requeue").tap { |made| disposables << made }
    folder.write("mail_room.yml", YAML.dump(config))
    output, errors, status = requeue(config: folder.join("mail_room.yml"))
    expect(output).to end_with("1 message put back (UID 1)\n")
    expect(errors).to match(/\Amail_room: "INBOX" of user-\h+: cannot connect to 127.0.0.1/)
    expect(status).to eq(1)
  end

  it "says what is wrong with its arguments" do
    quarantine
    expect(requeue("--email", "nobody")).to match(["", /no mailbox of nobody\n\z/, 1])
    expect(requeue("--uid", "0")).to match(["", /a UID is a number between 1 and 4294967295, not "0"/, 1])
    expect(requeue("--frob")).to match(["", /requeue: invalid option: --frob; see mail_room requeue --help/, 1])
    expect(requeue("--name", "Nowhere")).to match(["", /no mailbox of Nowhere\n\z/, 1])
    expect(requeue("now")).to match(["", /"now" is no option/, 1])
    expect(requeue("--help").first).to match(/\APuts quarantined messages back.*Usage: mail_room requeue \[-c FILE\]/m)
  end
end
