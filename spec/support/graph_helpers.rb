# frozen_string_literal: true

require_relative "mail_room_helpers"
require_relative "postback_helpers"
require_relative "rspec" # its hook takes the servers away after the one below
require_relative "servers"

# For examples of mailboxes on Microsoft Graph. After each of them the server tells whether it was asked in a way that
# Graph does not allow.
module GraphHelpers
  include PostbackHelpers

  # The extended property that holds what mail_room notes at a message.
  NOTE = "String {b9c0e6a4-5d0b-4c6e-9d3e-7a1f0c2b8e55} Name MailRoom"

  # @return [Servers::Graph] the example's own
  def graph
    @graph ||= own(Servers::Graph.new)
  end

  # @return [Servers::Graph::Mailbox] the example's mailbox
  def account
    @account ||= graph.user("support@example.com")
  end

  # @return [Hash] settings of a mailbox on Graph; it posts to {PostbackHelpers#web} unless they say otherwise
  # @param options [Hash] further inbox_options; what is nil is left out
  def on_graph(account = self.account, options: {}, **others)
    others = posting.merge(others) unless others.key?(:delivery_method)
    { email: account.email, name: "inbox", inbox_method: "microsoft_graph", arbitration_method: "noop",
      inbox_options: graph.inbox_options(poll_interval: 1, **options).compact }.merge(others)
  end

  # @return [Hash] settings of a mailbox on Graph that delivers to Sidekiq
  def on_graph_to_sidekiq(account = self.account, **others)
    delivery = { redis_url: redis.url, queue: "default", worker: "EmailReceiverWorker" }
    on_graph(account, delivery_method: "sidekiq", delivery_options: delivery, **others)
  end

  def posting
    { delivery_method: "postback", delivery_options: { url: web.url } }
  end

  # @return [Hash] settings by which processes share a mailbox
  def arbitrated
    { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
  end

  # Puts generated mails into a mailbox, each a second younger than the one before.
  # @return [Array<Servers::Graph::Message>]
  def fill(numbers, account = self.account, folder: "inbox")
    beginning = Time.now - 100_000
    numbers.map { |number| account.deliver(Mails.small(number), folder: folder, received: beginning + number) }
  end

  # Waits until all mails of a folder are marked as read, or gone from it.
  def wait_for_read(account = self.account, folder: "inbox", limit: MailRoomHelpers::SOON)
    processes.last.wait_until(limit, what: "all marks") { account.unread(folder).empty? }
  end

  # Waits until these generated mails, and no others, were posted once each, and are marked.
  # @param numbers [Integer, Range]
  def expect_posted(*numbers, account: self.account, folder: "inbox", limit: MailRoomHelpers::SOON)
    numbers = numbers.flat_map { |number| [*number] }
    wait_for_requests(numbers.size, limit: limit)
    wait_for_read(account, folder: folder, limit: limit)
    expect(posted_numbers).to match_array(numbers)
  end

  # Waits for so many more requests of a kind, counted from now on.
  def wait_for_more(kind, count = 3, limit: MailRoomHelpers::SOON)
    aim = graph.requests(kind).size + count
    processes.last.wait_until(limit, what: "#{count} more requests for #{kind}") { graph.requests(kind).size >= aim }
  end

  # @return [String] what mail_room has noted at a message
  def note(message)
    message.property(NOTE).to_s
  end

  # @return [Hash] the line of the log
  def wait_for_quarantine(message)
    processes.last.wait_for_log(60, what: "a quarantined message") do |line|
      line["action"] == "message quarantined" && line["uid"] == message.id
    end
  end

  # @return [Hash] what a person, or mail_room, finds of a message
  def state(message)
    { read: message.read?, flag: message.flag, note: note(message) }
  end

  # @return [Hash] the state of one that was put aside
  def quarantined
    { read: true, flag: "flagged", note: "$MailRoomQuarantined" }
  end
end

RSpec.configure do |config|
  config.include GraphHelpers, :graph

  config.after(:each, :graph) { expect(graph.violations.first(3)).to eq([]) }
end
