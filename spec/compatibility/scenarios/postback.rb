# frozen_string_literal: true

require "support/charset_mails"
require "support/reference/scenario"

# The request that a web application gets. What 0.0.9 cannot do, tokens, is in jwt_spec.rb.
module Scenarios
  # @param options [Hash] of the delivery, besides its URL
  # @param path [String] of the URL
  def self.postback(path: "/hook", **options)
    lambda do |mailbox|
      mailbox.merge(delivery_method: "postback", delivery_options: { delivery_url: web.url(path), **options })
    end
  end

  POSTBACK = [
    Scenario.new("webhook: a request", sees: :requests, settings: postback),
    Scenario.new("webhook: a URL with a query", sees: :requests, settings: postback(path: "/api/v4/mail?a=b&d=e")),
    Scenario.new("webhook: a URL with two slashes", sees: :requests, settings: postback(path: "//api//v4/mail")),
    Scenario.new("webhook: the content type of the settings", sees: :requests,
                                                              settings: postback(content_type: "text/plain")),
    Scenario.new("webhook: a token", sees: :requests, settings: postback(delivery_token: "a-secret-token")),
    Scenario.new("webhook: user name and password", sees: :requests,
                                                    settings: postback(username: "mailer", password: "pass:word ä")),
    Scenario.new("webhook: a token, user name and password", sees: :requests,
                                                             settings: postback(token: "a-secret-token", username: "mailer", password: "password")),
    Scenario.new("webhook: settings beside delivery_options", sees: :requests, settings: lambda { |mailbox|
      mailbox.merge(delivery_method: "postback", delivery_url: web.url, delivery_token: "abc", delivery_options: {})
    }),
    Scenario.new("webhook: bytes that are no UTF-8", sees: :requests, settings: postback,
                                                     mails: [CharsetMails.mail("Shift_JIS"), CharsetMails.mail("ISO-8859-1")]),
    Scenario.new("webhook: the log", sees: :log, additions: true, signal: :term, settings: postback)
  ].freeze
end
