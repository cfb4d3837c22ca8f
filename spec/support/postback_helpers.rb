# frozen_string_literal: true

require_relative "mails"
require_relative "servers"

# For examples of delivery to a web application.
module PostbackHelpers
  # @return [Servers::Web] the example's web application
  def web
    @web ||= own(Servers::Web.new)
  end

  # @return [Hash] settings of a mailbox that posts to it
  # @param delivery [Hash] further delivery_options
  # @param others [Hash] further settings at the top
  def postback(inbox = self.inbox, delivery: {}, **others)
    delivery = { url: web.url }.merge(delivery) unless others.key?(:delivery_url)
    settings(inbox, **{ delivery_method: "postback", delivery_options: delivery }, **others)
  end

  # Waits until so many requests came in.
  # @return [Array<Servers::Web::Request>] all of them
  def wait_for_requests(count = 1, limit: MailRoomHelpers::SOON)
    processes.last.wait_until(limit, what: "#{count} requests") { web.requests.size >= count }
    web.requests
  end

  # Waits until all mails are marked as delivered.
  def wait_for_marks(inbox = self.inbox, limit: MailRoomHelpers::SOON)
    processes.last.wait_until(limit, what: "all marks") { inbox.unseen.zero? }
  end

  # @return [Hash] the line that tells why nothing is delivered at the moment
  def wait_for_pause
    processes.last.wait_for_action("Delivery paused")
  end

  # @return [Array<Integer>] the numbers of the generated mails, in the order they came in
  def posted_numbers
    web.requests.map { |request| Mails.number(request.body) }
  end
end

RSpec.configure do |config|
  config.include PostbackHelpers, :postback
end
