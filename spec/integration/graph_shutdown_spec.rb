# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# The promise: after TERM the process ends with status 0 within shutdown_timeout, what was accepted is marked, and what
# was not is still unread.
RSpec.describe "Shutting down a mailbox on Microsoft Graph", :graph, :integration do
  # Seconds beyond the deadline for a slow machine to end a process.
  margin = 5
  timeout = 3

  # @return [Array<Integer>] numbers of the mails that are read
  def read_numbers
    (account.messages + account.messages("deleteditems")).select(&:read?).map { |message| Mails.number(message.raw) }
  end

  [false, true].each do |deleting|
    it "marks what was accepted, and doubles nothing at the next start#{', deleting' if deleting}" do
      fill(1..400)
      process = mail_room(on_graph(delete_after_delivery: deleting), shutdown_timeout: timeout)
      [3, 25, 47].each do |more|
        aim = web.requests.size + more
        process.wait_until(30, what: "#{aim} requests") { web.requests.size >= aim }
        process.term
        expect(process.exit_status(timeout + margin)).to eq(0)
        expect(read_numbers).to match_array(posted_numbers)
        process.restart
      end
      expect_posted(1..400, limit: 60)
      process.wait_until(what: "all removals") { account.messages.empty? } if deleting
    end
  end

  it "ends while it waits between two polls" do
    process = mail_room(on_graph, shutdown_timeout: timeout)
    wait_for_more(:delta)
    process.term
    expect(process.exit_status(timeout + margin)).to eq(0)
    expect(process.log.map { |line| line["action"] }).to include("Quitting connection...")
  end

  %i[token folder list value delta].each do |kind|
    it "ends while the server holds back its answer to a request for #{kind}" do
      fill([1])
      graph.fault(kind, delay: 20)
      process = mail_room(on_graph, shutdown_timeout: timeout)
      process.wait_until(30, what: "the request") { graph.requests(kind).any? }
      process.term
      expect(process.exit_status(timeout + margin)).to eq(0)
      expect(read_numbers).to match_array(posted_numbers)
    end
  end

  it "ends while the server holds back its answer to the marks" do
    fill([1])
    graph.fault(:batch, delay: 20)
    process = mail_room(on_graph, shutdown_timeout: timeout)
    process.wait_until(30, what: "the request") { graph.requests(:batch).any? }
    process.term
    expect(process.exit_status(timeout + margin)).to eq(0)
    expect(posted_numbers).to eq([1])

    account.gate.shared = true # the request that was held back is still under way
    process.restart
    wait_for_read
    expect(posted_numbers.uniq).to eq([1])
  end

  it "ends while it waits to be let in again" do
    graph.fault(:list, status: 503, retry_after: 600, times: Float::INFINITY)
    process = mail_room(on_graph, shutdown_timeout: timeout)
    process.wait_for_log(30) { |line| line["retry_in_s"] == 600 }
    process.term
    expect(process.exit_status(timeout + margin)).to eq(0)
  end
end
