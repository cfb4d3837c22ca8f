# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

RSpec.describe "The memory for a mailbox on Microsoft Graph", :graph, :integration do
  # MiB beyond those of a process that has nothing to do: a window of messages as they come and as they go, and what
  # the allocator keeps.
  limit = 100
  count = 300

  # @return [Integer] KiB that a process takes that has nothing to do
  def idle_memory
    idle = mail_room(on_graph(graph.user("idle@example.com")))
    idle.wait_for_action("Idling")
    idle.peak_rss_kib.tap { idle.term && idle.exit_status(20) }
  end

  # How often each number was posted. What was posted is not kept.
  def count_posted
    posted = Hash.new(0)
    lock = Mutex.new
    web.decide do |request|
      lock.synchronize { posted[Mails.number(request.body)] += 1 }
      web.forget
      Servers::Web::ACCEPTED
    end
    posted
  end

  it "is bounded while #{count} mails of 1 MB are drained" do
    before = idle_memory
    posted = count_posted
    attachment = "#{'x' * 76}\r\n".b * 12_900
    (1..count).each { |number| account.deliver(Mails.small(number) + attachment) }
    process = mail_room(on_graph)
    wait_for_read(limit: 240)
    expect(posted).to eq((1..count).to_h { |number| [number, 1] })
    expect((process.peak_rss_kib - before) / 1024).to be < limit
  end

  it "is bounded while many mails are listed" do
    before = idle_memory
    5_000.times { |number| account.deliver(Mails.small(number)) }
    process = mail_room(on_graph(first_run_limit: 100))
    process.wait_for_action("first batch refused", limit: 60)
    expect((process.peak_rss_kib - before) / 1024).to be < 50
  end
end
