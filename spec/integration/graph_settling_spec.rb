# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# What becomes of mails on Microsoft Graph that were delivered.
RSpec.describe "A delivered mail on Microsoft Graph", :graph, :integration do
  # @return [Array<Integer>] numbers of the mails in a folder
  def numbers(folder)
    account.messages(folder).map { |message| Mails.number(message.raw) }
  end

  [{}, { expunge_deleted: true }].each do |others|
    it "stays and is read#{', whatever expunge_deleted says' if others.any?}" do
      fill(1..30)
      mail_room(on_graph(**others))
      expect_posted(1..30)
      expect(numbers("inbox")).to eq((1..30).to_a)
      expect(graph.counts.keys).to contain_exactly(:token, :folder, :list, :value, :batch).or(
        contain_exactly(:token, :folder, :list, :value, :batch, :delta)
      )
      expect(graph.requests(:delete) + graph.requests(:permanent_delete) + graph.requests(:move)).to eq([])
    end
  end

  [nil, false, true].each do |expunge|
    it "goes to Deleted Items with delete_after_delivery, and expunge_deleted: #{expunge.inspect}" do
      account.deliver(Mails.small(99), read: true)
      fill(1..30)
      mail_room(on_graph(delete_after_delivery: true, expunge_deleted: expunge))
      processes.last.wait_until(what: "the removal") { account.messages("deleteditems").size == 30 }
      expect(numbers("inbox")).to eq([99])
      expect(numbers("deleteditems")).to match_array(1..30)
      expect(account.messages("deleteditems")).to all(be_read)
      expect(posted_numbers).to match_array(1..30)
    end
  end

  # Asked for once more, the server would remove from Deleted Items what is there already.
  it "is in Deleted Items although the answer to its removal was lost" do
    fill(1..3)
    graph.fault(:batch, delay: 0.01) # with the marks; the next one removes
    graph.fault(:batch, lost: true)
    mail_room(on_graph(delete_after_delivery: true))
    wait_for_more(:delta, 2)
    expect(graph.requests(:delete, parts: true).size).to eq(6)
    expect(numbers("deleteditems")).to match_array(1..3)
  end

  it "stays where somebody has brought it back to" do
    message = fill([1]).first
    process = mail_room(on_graph(delete_after_delivery: true))
    process.wait_until(what: "the removal") { account.messages("deleteditems") == [message] && note(message) == "none" }
    message.move("inbox")
    process.term
    process.exit_status
    process.restart
    wait_for_more(:delta, 2)
    expect([numbers("inbox"), posted_numbers]).to eq([[1], [1]])
  end

  it "is nowhere any more with delete_permanently besides" do
    kept = account.deliver(Mails.small(99), read: true)
    messages = fill(1..30)
    mail_room(on_graph(delete_after_delivery: true, options: { delete_permanently: true }))
    processes.last.wait_until(what: "the removal") { messages.none? { |message| account.find(message.id) } }
    expect(account.messages).to eq([kept])
    expect(account.messages("deleteditems")).to eq([])
    expect(posted_numbers).to match_array(1..30)
  end

  it "stays with delete_permanently alone, and the log tells of it" do
    fill([1])
    process = mail_room(on_graph(options: { delete_permanently: true }))
    expect_posted(1)
    expect(numbers("inbox")).to eq([1])
    expect(process.everything).to include("has no meaning without delete_after_delivery")
  end

  it "is marked only when the delivery has taken it" do
    web.decide { |_request| { status: 200, delay: 3 } }
    message = fill([1]).first
    mail_room(on_graph)
    wait_for_requests
    expect(message).not_to be_read
    wait_for_read
  end

  it "may be gone by then" do
    messages = fill(1..3)
    web.decide do |request|
      messages[1].remove if Mails.number(request.body) == 2
      Servers::Web::ACCEPTED
    end
    mail_room(on_graph(delete_after_delivery: true))
    processes.last.wait_until(what: "the removal") { numbers("inbox").empty? }
    expect(numbers("deleteditems")).to match_array([1, 3])
    wait_for_more(:delta)
    expect(posted_numbers).to eq([1, 2, 3])
    expect(processes.last.log.map { |line| line["severity"] } & %w[WARN ERROR]).to eq([])
  end

  it "may be gone before it was fetched" do
    fill(1..3)
    graph.fault(:value, gone: true, matching: /#{account.messages[1].id}/)
    mail_room(on_graph)
    expect_posted(1, 3)
    expect(processes.last.wait_for_action("message gone")["uid"]).to be_a(String)
  end
end
