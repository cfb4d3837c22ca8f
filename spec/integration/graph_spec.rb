# frozen_string_literal: true

require "support/graph_helpers"
require "support/odd_mails"
require "support/rspec"

RSpec.describe "A mailbox on Microsoft Graph", :graph, :integration do
  it "has its unread mails delivered, the oldest first, and marked as read" do
    beginning = Time.now - 1000
    [3, 1, 4, 2, 5].each { |number| account.deliver(Mails.small(number), received: beginning + number) }
    mail_room(on_graph)
    expect_posted(1..5)
    expect(posted_numbers).to eq([1, 2, 3, 4, 5])
    states = account.messages.map { |message| state(message) }
    expect(states).to all(eq(read: true, flag: "notFlagged", note: ""))
  end

  it "keeps what somebody else has read" do
    account.deliver(Mails.small(1), read: true)
    account.deliver(Mails.small(2))
    mail_room(on_graph)
    expect_posted(2)
    wait_for_more(:delta)
    expect(posted_numbers).to eq([2])
  end

  it "leaves other folders alone" do
    fill([1], folder: "archive")
    fill([2])
    mail_room(on_graph)
    expect_posted(2)
    expect(account.unread("archive").size).to eq(1)
  end

  # Graph gives the bytes as they are, which not all mail servers do.
  describe "that holds odd mails" do
    odd = OddMails.all.except("is empty")

    [true, false].each do |chunked|
      it "has them delivered byte for byte, #{chunked ? 'in chunks' : 'whole'}" do
        graph.settings.chunked = chunked
        mails = Mails.fixtures.values + odd.values
        mails.each_with_index { |mail, number| account.deliver(mail, received: Time.now - 1000 + number) }
        mail_room(on_graph)
        wait_for_requests(mails.size, limit: 60)
        wait_for_read
        expect(web.requests.map(&:body)).to eq(mails)
      end
    end

    it "has one of 20 MB delivered byte for byte" do
      mail = OddMails.large(20_000_000)
      account.deliver(mail)
      mail_room(on_graph)
      wait_for_requests(1, limit: 60)
      expect(web.requests.first.body == mail).to be(true)
      wait_for_read
    end
  end

  describe "with more than a page" do
    it "is read page by page, whatever the size of a page" do
      graph.settings.page_limit = 7
      fill(1..50)
      mail_room(on_graph)
      expect_posted(1..50)
      expect(posted_numbers).to eq((1..50).to_a)
    end

    it "is read beyond empty pages" do
      fill(1..3)
      graph.fault(:list, empty_page: true, times: 3)
      mail_room(on_graph)
      expect_posted(1..3)
      expect(graph.faults).not_to be_waiting
    end

    it "costs one request for each mail and one for twenty marks" do
      fill(1..1500)
      mail_room(on_graph_to_sidekiq)
      wait_for_read(limit: 120)
      expect(delivered_numbers).to eq((1..1500).to_a)
      counts = graph.counts
      expect(counts[:value]).to eq(1500)
      expect(counts.values_at(:token, :folder)).to eq([1, 1])
      expect(counts[:batch]).to be_between(75, 150)
      expect(counts[:list]).to be <= 6
      expect(graph.requests(:patch, parts: true).size).to eq(1500)
      expect(account.gate.most).to be <= 4
    end
  end

  # One list has ten thousand at most.
  it "is drained whatever it holds", limit: 600 do
    count = 10_300
    (1..count).each { |number| account.deliver("Subject: mail #{number}\r\n\r\nText.\r\n") }
    mail_room(on_graph(delivery_method: "noop"))
    wait_for_read(limit: 500)
    expect(graph.counts[:value]).to eq(count)
  end

  describe "to Sidekiq" do
    def jobs
      redis.jobs.to_h { |job| [Mails.number(job["args"].first), job["jid"]] }
    end

    it "makes jobs whose ids another process would give as well" do
      messages = fill(1..4)
      process = mail_room(on_graph_to_sidekiq)
      wait_for_read
      first = jobs
      expect(first.values.uniq.size).to eq(4)
      expect(first.values).to all(match(/\A\h{24}\z/))
      process.term
      expect(process.exit_status).to eq(0)

      redis.clear
      messages.reverse_each { |message| message.mark(read: false) }
      mail_room(on_graph_to_sidekiq)
      wait_for_read
      expect(jobs).to eq(first)
    end
  end

  it "is drained by noop, too" do
    fill(1..3)
    mail_room(on_graph(delivery_method: "noop"))
    wait_for_read
    expect(graph.counts[:value]).to eq(3)
  end

  it "is drained to a log" do
    folder = Servers::Folder.new("logged").tap { |made| disposables << made }
    account.deliver(Mails.fixture("reply"))
    mail_room(on_graph(delivery_method: "logger", delivery_options: { log_path: folder.join("mails.log") }))
    wait_for_read
    expect(File.read(folder.join("mails.log"))).to include("I could not wait")
  end

  it "is named in the log by its address and the ids of its mails, and nothing secret is told" do
    message = fill([1]).first
    process = mail_room(on_graph)
    expect_posted(1)
    line = process.wait_for_action("sending to deliverer", email: account.email)
    expect(line["uid"]).to eq(message.id)
    secrets = [graph.application.client_secret, *graph.identity.tokens]
    expect(secrets.select { |secret| process.everything.include?(secret) }).to eq([])
  end
end
