# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# How mails are noticed on Microsoft Graph that come while a mailbox is watched.
RSpec.describe "Watching a mailbox on Microsoft Graph", :graph, :integration do
  # Starts, and waits until there is nothing more to do.
  def watch(mailbox = on_graph)
    process = mail_room(mailbox)
    process.wait_for_action("Idling", email: account.email)
    process
  end

  it "delivers each mail after the next poll" do
    fill([1])
    watch
    (2..4).each do |number|
      fill([number])
      expect_posted(1..number)
    end
  end

  it "asks for nothing but changes while nothing happens" do
    fill(1..30)
    watch
    expect_posted(1..30)
    wait_for_more(:delta, 2)
    graph.journal.forget
    wait_for_more(:delta, 5)
    expect(graph.counts.keys).to eq([:delta])
  end

  it "does not look more often than poll_interval says" do
    watch(on_graph(options: { poll_interval: 3600 }))
    fill([1])
    # The one place where time is meant to pass: what must not happen is nothing one can wait for.
    sleep 3
    expect(graph.counts).not_to include(:delta)
    expect(web.requests).to be_empty
  end

  it "ends at once all the same" do
    process = watch(on_graph(options: { poll_interval: 3600 }))
    process.term
    expect(process.exit_status).to eq(0)
  end

  it "delivers a mail again that a person has marked as unread" do
    message = fill([1]).first
    watch
    expect_posted(1)
    wait_for_more(:delta)
    message.mark(read: false)
    wait_for_requests(2)
    wait_for_read
    expect(posted_numbers).to eq([1, 1])
  end

  it "delivers a mail that a person has moved there" do
    message = fill([1], folder: "junkemail").first
    watch
    wait_for_more(:delta, 2)
    message.move("inbox")
    expect_posted(1)
  end

  it "is not woken by mails that come read, are flagged, or go" do
    messages = fill(1..3)
    watch
    expect_posted(1..3)
    wait_for_more(:delta, 2)
    graph.journal.forget
    account.deliver(Mails.small(4), read: true)
    account.change(messages[0]) { |message| message.update(read: true, flag: "flagged", properties: {}) }
    messages[1].remove
    messages[2].move("archive")
    wait_for_more(:delta)
    expect(graph.counts.keys).to eq([:delta])
  end

  it "reads all pages of changes, and empty ones" do
    graph.settings.page_limit = 5
    watch
    wait_for_more(:delta, 2)
    fill(1..40)
    expect_posted(1..40)
    graph.fault(:delta, empty_page: true)
    fill([41])
    expect_posted(1..41)
  end

  it "loses nothing when the server has forgotten what it had told" do
    fill([1])
    watch
    expect_posted(1)
    wait_for_more(:delta)
    3.times do |round|
      fill([round + 2])
      graph.settings.delta.forget
      expect_posted(1..(round + 2))
      wait_for_more(:delta, 2)
    end
    expect(processes.last.log.map { |line| line["severity"] }).not_to include("ERROR")
  end

  it "loses nothing that comes in the middle of a drain" do
    web.decide do |request|
      fill([Mails.number(request.body) + 100]) if Mails.number(request.body) <= 20
      Servers::Web::ACCEPTED
    end
    fill(1..20)
    watch
    expect_posted(1..20, 101..120, limit: 60)
  end

  describe "where there is no delta" do
    it "asks for lists in a folder without it" do
      account.folder("inbox").without_delta = true
      watch
      wait_for_more(:list)
      fill([1])
      expect_posted(1)
      expect(graph.counts[:delta]).to eq(1)
    end

    it "asks for lists in a folder with more than 5,000 mails" do
      5_001.times { |number| account.deliver(Mails.small(number), read: true) }
      watch
      wait_for_more(:list)
      fill([6_000])
      expect_posted(6_000)
      expect(graph.counts).not_to include(:delta)
    end
  end

  it "goes on delivering a mail that was not accepted, without news of it" do
    web.answer({ status: 500 }, { status: 500 })
    fill(1..3)
    watch
    wait_for_read(limit: 60)
    expect(posted_numbers.uniq).to match_array(1..3)
  end

  it "watches many mailboxes in one process" do
    accounts = (1..20).map { |number| graph.user("box#{number}@example.com") }
    process = mail_room(*accounts.map { |account| on_graph(account) })
    accounts.each { |account| process.wait_for_action("Idling", email: account.email, limit: 30) }
    accounts.each.with_index(1) { |account, number| fill([number], account) }
    wait_for_requests(20, limit: 30)
    accounts.each { |account| wait_for_read(account) }
    expect(posted_numbers).to match_array(1..20)
  end
end
