# frozen_string_literal: true

require "support/charset_mails"
require "support/reference/scenario"

# The row in the table of Que 0.x, the one that 0.0.9 knows.
module Scenarios
  # @param options [Hash] of the delivery, besides those of the connection
  def self.que(**options)
    lambda do |mailbox|
      postgres.clear
      postgres.create_que_jobs(:classic)
      mailbox.merge(delivery_method: "que", delivery_options: postgres.options(**options))
    end
  end

  QUE = [
    Scenario.new("Que: a row", sees: :rows, settings: que),
    Scenario.new("Que: queue and priority", sees: :rows, settings: que(queue: "mails", priority: 5)),
    Scenario.new("Que: a message in UTF-8", sees: :rows, settings: que, mails: [CharsetMails.mail("UTF-8")]),
    Scenario.new("Que: the log", sees: :log, additions: true, signal: :term, settings: que)
  ].freeze
end
