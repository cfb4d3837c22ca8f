# frozen_string_literal: true

require "support/graph_helpers"
require "support/kinds_of_mail"
require "support/rspec"

# What is not delivered of a mailbox on Microsoft Graph because its settings say so.
RSpec.describe "A limit of a mailbox on Microsoft Graph", :graph, :integration do
  describe "max_message_size" do
    def large(number, bytes)
      mail = Mails.small(number)
      mail + ("#{'x' * 76}\r\n" * ((bytes - mail.bytesize) / 78)).b
    end

    # Sizes as Graph may tell them: right, much too small, much too large, and none.
    { "knows" => nil, "takes for small" => "17", "takes for huge" => "99999999999", "has no size of" => "" }
      .each do |what, believed|
      it "has a mail put aside that is larger, and one below it delivered, which the server #{what}" do
        mails = [large(1, 3_000_000), large(2, 1_900_000)]
        messages = mails.map.with_index { |mail, number| account.deliver(mail, received: Time.now - 100 + number) }
        messages.each { |message| message.believed_size = believed }
        mail_room(on_graph(max_message_size: 2_000_000))
        expect(wait_for_quarantine(messages[0])["error"]).to include("max_message_size")
        wait_for_requests(1, limit: 30)
        wait_for_read
        expect(state(messages[0])).to eq(quarantined)
        expect(web.requests.map(&:body)).to eq([messages[1].raw])
      end
    end

    it "ends a download without end, and the others are delivered" do
      messages = fill(1..5)
      graph.fault(:value, endless: true, times: Float::INFINITY, matching: /#{messages[2].id}/)
      process = mail_room(on_graph(max_message_size: 3_000_000))
      wait_for_quarantine(messages[2])
      wait_for_read
      expect(posted_numbers).to eq([1, 2, 4, 5])
      expect(process.peak_rss_kib).to be < 200_000
    end
  end

  describe "first_run_limit" do
    it "leaves a large first batch alone, and the log says what to do" do
      fill(1..30)
      process = mail_room(on_graph(first_run_limit: 20, **arbitrated))
      line = process.wait_for_action("first batch refused")
      expect(line).to include("severity" => "ERROR", "unread" => 30, "first_run_limit" => 20)
      wait_for_more(:list, 1, limit: 90)
      expect(web.requests).to be_empty
      expect(account.unread.size).to eq(30)
      expect(graph.counts).not_to include(:value, :batch)
      expect(redis.client.keys("delivered:*")).to be_empty
    end

    # One list has ten thousand at most.
    it "counts mails that the list leaves out" do
      (1..10_050).each { |number| account.deliver("Subject: mail #{number}\r\n\r\nText.\r\n") }
      line = mail_room(on_graph(first_run_limit: 10_020)).wait_for_action("first batch refused", limit: 60)
      expect(line).to include("unread" => 10_050)
      expect(graph.counts).not_to include(:value, :batch)
    end

    it "lets go on what nobody has marked as read" do
      messages = fill(1..30)
      process = mail_room(on_graph(first_run_limit: 20))
      process.wait_for_action("first batch refused")
      messages.first(15).each { |message| message.mark(read: true) }
      expect_posted(16..30, limit: 90)
    end

    it "is no limit for what comes later" do
      mail_room(on_graph(first_run_limit: 2)).wait_for_action("Idling")
      fill(1..30)
      expect_posted(1..30)
    end
  end

  describe "filter" do
    def filtering(action, **others)
      incoming = KindsOfMail.incoming_email(mailbox_type: "incoming_email")
      rules = { bounces: action, auto_generated: action, unmatched: action }
      on_graph(incoming_email: incoming, filter: rules, **others)
    end

    def fill_kinds
      KindsOfMail.all.map.with_index { |mail, number| account.deliver(mail, received: Time.now - 1000 + number) }
    end

    it "has mails skipped that nobody wants: read, and noted nowhere else" do
      messages = fill_kinds
      mail_room(filtering("skip", delete_after_delivery: true))
      processes.last.wait_until(what: "the removal") { account.messages == messages.drop(1) }
      wait_for_read
      expect(posted_numbers).to eq([1])
      skipped = processes.last.log.select { |line| line["action"] == "message skipped" }
      expect(skipped.map { |line| line["uid"] }).to match_array(messages.drop(1).map(&:id))
    end

    it "has mails put aside that somebody should look at" do
      messages = fill_kinds
      mail_room(filtering("quarantine"))
      wait_for_read
      expect(posted_numbers).to eq([1])
      expect(messages.drop(1).map { |message| state(message) }).to all(eq(quarantined))
    end
  end
end
