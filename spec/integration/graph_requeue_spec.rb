# frozen_string_literal: true

require "open3"
require "support/graph_helpers"
require "support/rspec"

# What an operator does about mails on Microsoft Graph that were put aside.
RSpec.describe "mail_room requeue of a mailbox on Microsoft Graph", :graph, :integration do
  # Starts mail_room with a web application that refuses these mails, and waits until they are put aside.
  # @return [Array<Servers::Graph::Message>] mails 1 to 4
  def quarantine(*numbers, **others)
    web.decide { |request| { status: numbers.include?(Mails.number(request.body)) ? 422 : 200 } }
    messages = fill(1..4)
    process = mail_room(on_graph(**others))
    process.wait_until(what: "all marks") { messages.all?(&:read?) && wait_for_requests(4) }
    process.wait_until(what: "all moves") do
      !others.key?(:quarantine_mailbox) || account.messages.size == 4 - numbers.size
    end
    web.decide { |_request| Servers::Web::ACCEPTED }
    messages
  end

  # @return [Array] what it printed, and its exit status
  def requeue(*arguments)
    command = [*MailRoomProcess::COMMAND, "requeue", "-c", processes.last.config_path, *arguments]
    output, errors, status = Open3.capture3(*command, chdir: MailRoomProcess::ROOT)
    [output, errors, status.exitstatus]
  end

  def person_flags(message)
    account.change(message) { |one| one.update(read: true, flag: "flagged", properties: {}) }
  end

  it "has them tried again, and leaves those alone that a person has flagged" do
    messages = quarantine(1)
    person_flags(messages[1])
    told = %("inbox" of #{account.email}: 1 message put back (UID #{messages[0].id})\n)
    expect(requeue).to eq([told, "", 0])
    wait_for_requests(5, limit: 30)
    wait_for_read
    expect(posted_numbers).to eq([1, 2, 3, 4, 1])
    expect(state(messages[0])).to include(read: true, flag: "notFlagged")
    expect(state(messages[1])).to eq(read: true, flag: "flagged", note: "")
  end

  it "has nothing to put back when they were delivered, even when a person flags them then" do
    messages = quarantine(1)
    requeue
    wait_for_requests(5, limit: 30)
    wait_for_read
    wait_for_more(:delta, 1)
    expect(note(messages[0])).not_to include("$MailRoom")
    person_flags(messages[0])
    expect(requeue).to match([/: nothing to put back\n\z/, "", 0])
  end

  it "brings them back from quarantine_mailbox" do
    messages = quarantine(1, 2, quarantine_mailbox: "Failed")
    person_flags(account.deliver(Mails.small(99), folder: "Failed", read: true))
    output, errors, status = requeue
    expect([errors, status]).to eq(["", 0])
    expect(output).to include("\"Failed\" of #{account.email}: 2 messages put back")
    wait_for_requests(6, limit: 30)
    wait_for_read
    expect(account.messages).to match_array(messages)
    expect(account.messages("Failed").size).to eq(1)
  end

  it "finds those that could not be moved where they are" do
    quarantine(1)
    config = YAML.unsafe_load_file(processes.last.config_path)
    config[:mailboxes].first[:quarantine_mailbox] = "Failed"
    account.create_folder("Failed")
    File.write(processes.last.config_path, YAML.dump(config))
    expect(requeue.first).to include("\"inbox\" of #{account.email}: 1 message put back")
  end

  it "has the failures count anew, noted on the server or in Redis" do
    [{}, arbitrated].each.with_index(1) do |others, number|
      web.decide { |request| { status: Mails.number(request.body) == number ? 500 : 200 } }
      before = web.requests.size
      message = fill([number]).first
      process = mail_room(on_graph(max_attempts: 2, **others))
      2.times do |round|
        process.wait_until(60, what: "quarantine #{round}") { message.flag == "flagged" }
        expect(web.requests.size - before).to eq(2 * (round + 1))
        requeue if round.zero?
      end
      process.term
      process.exit_status
      message.remove
    end
  end

  it "only tells which they are, with --dry-run" do
    messages = quarantine(1, 3)
    output, errors, status = requeue("--dry-run")
    expect([errors, status]).to eq(["", 0])
    expect(output).to include("2 messages quarantined", messages[0].id, messages[2].id)
    expect(state(messages[0])).to eq(quarantined)
  end

  # Ids of two mails that follow one another differ in the case of one letter.
  it "takes only those with --uid" do
    messages = quarantine(1, 2)
    output, errors, status = requeue("--uid", messages[1].id)
    expect([errors, status]).to eq(["", 0])
    expect(output).to include("1 message put back", messages[1].id)
    wait_for_requests(5, limit: 30)
    expect(posted_numbers.last).to eq(2)
    expect(state(messages[0])).to eq(quarantined)
  end

  it "takes one by --uid that a person has flagged" do
    messages = quarantine
    person_flags(messages[2])
    expect(requeue("--uid", messages[2].id).first).to include("1 message put back")
    wait_for_requests(5, limit: 30)
    expect(posted_numbers.last).to eq(3)
  end

  it "says that there is none of an id" do
    quarantine(1)
    output, errors, status = requeue("--uid", "AAkALgAA")
    expect(output).to end_with("nothing to put back\n")
    expect(errors).to include("no quarantined message", "AAkALgAA")
    expect(status).to eq(1)
  end

  it "says why a mailbox cannot be served" do
    quarantine(1)
    graph.application.client_secret = "renewed"
    output, errors, status = requeue
    expect(output).to eq("")
    expect(errors).to include(account.email, "AADSTS7000215")
    expect(status).to eq(1)
  end
end
