# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# Mails on Microsoft Graph that can never be delivered: an operator finds them put aside.
RSpec.describe "A mail on Microsoft Graph that is put aside", :graph, :integration do
  # The web application cannot take these.
  def fails_on(*numbers, status: 500)
    web.decide { |request| numbers.include?(Mails.number(request.body)) ? { status: status } : Servers::Web::ACCEPTED }
  end

  it "is read, flagged and noted when the web application refuses it, and the others are delivered" do
    fails_on(2, status: 422)
    messages = fill(1..3)
    mail_room(on_graph(delete_after_delivery: true))
    wait_for_quarantine(messages[1])
    processes.last.wait_until(what: "the removal") { account.messages == [messages[1]] }
    wait_for_read
    expect(state(messages[1])).to eq(quarantined)
    expect(posted_numbers).to eq([1, 2, 3])
  end

  it "was tried max_attempts times" do
    fails_on(2, 4)
    messages = fill(1..5)
    mail_room(on_graph(max_attempts: 3))
    lines = [1, 3].map { |index| wait_for_quarantine(messages[index]) }
    expect(lines).to all(include("severity" => "ERROR", "error" => a_string_including("3 attempts failed", "500")))
    wait_for_read
    expect(posted_numbers.tally).to eq(1 => 1, 2 => 3, 3 => 1, 4 => 3, 5 => 1)
    expect(messages.values_at(1, 3).map { |message| state(message) }).to all(eq(quarantined))
    expect(messages.values_at(0, 2, 4).map { |message| state(message)[:flag] }.uniq).to eq(["notFlagged"])
  end

  it "stays put aside" do
    fails_on(1, status: 422)
    message = fill([1]).first
    mail_room(on_graph)
    wait_for_quarantine(message)
    wait_for_read
    wait_for_more(:delta, 4)
    expect(posted_numbers).to eq([1])
  end

  it "has its attempts noted on the server where no Redis counts, and they go on after a crash" do
    fails_on(1)
    message = fill([1]).first
    process = mail_room(on_graph(max_attempts: 3))
    process.wait_until(60, what: "the note") { note(message).include?("$MailRoomAttempt2") }
    expect(message).not_to be_read
    process.kill9

    process.restart
    expect(wait_for_quarantine(message)["error"]).to start_with("3 attempts failed")
    wait_for_read
    expect(state(message)).to eq(quarantined)
    expect(posted_numbers.size).to be_between(3, 4)
  end

  it "has its attempts counted by Redis where there is one" do
    fails_on(1)
    message = fill([1]).first
    process = mail_room(on_graph(max_attempts: 3, **arbitrated))
    process.wait_until(60, what: "the counter") do
      redis.client.keys("attempts:*").map { |key| redis.client.get(key) } == ["2"]
    end
    process.kill9

    process.restart
    expect(wait_for_quarantine(message)["error"]).to start_with("3 attempts failed")
    process.wait_until(what: "no counter") { redis.client.keys("attempts:*").empty? }
  end

  it "leaves no note behind when it is accepted at last" do
    fails_on(1)
    message = fill([1]).first
    process = mail_room(on_graph)
    process.wait_until(60, what: "the note") { note(message) == "$MailRoomAttempt1" }
    web.decide { |_request| Servers::Web::ACCEPTED }
    wait_for_read(limit: 60)
    wait_for_more(:delta, 1)
    expect(note(message)).not_to include("$MailRoom")
  end

  describe "in a mailbox of its own" do
    ["Failed mail", "Inbox/Failed"].each do |name|
      it "is moved to #{name}, which is made" do
        fails_on(1, 3, status: 422)
        messages = fill(1..3)
        mail_room(on_graph(quarantine_mailbox: name))
        processes.last.wait_until(what: "the move") { account.messages == [messages[1]] }
        expect(account.messages(name)).to match_array(messages.values_at(0, 2))
        expect(account.messages(name).map { |message| state(message) }).to all(eq(quarantined))
      end
    end

    it "is moved to one that is there" do
      folder = account.create_folder("Failed")
      fails_on(1, status: 422)
      messages = fill(1..2)
      mail_room(on_graph(quarantine_mailbox: "Failed"))
      processes.last.wait_until(what: "the move") { account.messages == [messages[1]] }
      expect(folder.messages).to eq([messages[0]])
      expect(graph.requests(:create_folder)).to eq([])
    end

    it "stays, flagged, when it cannot be moved" do
      fails_on(1, status: 422)
      message = fill([1]).first
      mail_room(on_graph(quarantine_mailbox: "not/here"))
      line = processes.last.wait_for_action("messages not put aside")
      expect(line).to include("severity" => "WARN", "quarantine_mailbox" => "not/here", "uids" => [message.id])
      expect(state(message)).to eq(quarantined)
    end
  end

  it "is one that Graph cannot give" do
    messages = fill(1..3)
    messages[1].unreadable = true
    mail_room(on_graph(max_attempts: 2))
    expect(wait_for_quarantine(messages[1])["error"]).to include("ErrorMimeContentConversionFailed")
    wait_for_read
    expect(posted_numbers).to eq([1, 3])
    expect(state(messages[1])).to eq(quarantined)
  end

  it "is one that Graph gives nothing of" do
    message = account.deliver("")
    mail_room(on_graph(max_attempts: 2))
    wait_for_quarantine(message)
    wait_for_read
    expect(web.requests).to be_empty
  end
end
