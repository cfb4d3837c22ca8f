# frozen_string_literal: true

require "mail_room"
require "timeout"

Dir[File.join(__dir__, "support", "*.rb")].each { |file| require file }

RSpec::Matchers.define_negated_matcher :not_include, :include

# Settings for specs that need no server.
module MailboxExamples
  # @return [Hash] settings of a mailbox with nothing wrong in them
  def mailbox_attributes(**others)
    { email: "support@example.com", password: "hunter2", host: "imap.example.com", port: 993, name: "inbox",
      delivery_method: "noop" }.merge(others)
  end

  # @return [Hash] settings of a mailbox on Microsoft Graph, as GitLab renders them
  def graph_attributes(inbox_options: {}, **others)
    mailbox_attributes(host: nil, port: 143, ssl: false, password: nil, idle_timeout: 60, expunge_deleted: false,
                       inbox_method: "microsoft_graph",
                       inbox_options: { tenant_id: "12345", client_id: "6789", client_secret: "cl1ent-hunter2",
                                        poll_interval: 60 }.merge(inbox_options), **others)
  end

  # @return [MailRoom::Mailbox]
  def build_mailbox(**others)
    MailRoom::Mailbox.new(mailbox_attributes(**others))
  end

  # @param action [#call] what to do with a message; by default a message is itself something to call
  # @return [Class] a delivery written in Ruby
  def delivery_class(action = :call.to_proc)
    Class.new do
      const_set(:Options, Struct.new(:mailbox))
      attr_reader :options

      define_method(:initialize) { |options| @options = options }
      define_method(:deliver) { |message| action.call(message) }
    end
  end
end

RSpec.configure do |config|
  config.include MailboxExamples

  config.disable_monkey_patching!
  config.mock_with(:rspec) { |mocks| mocks.verify_partial_doubles = true }
  config.shared_context_metadata_behavior = :apply_to_host_groups

  # Most of what can go wrong between threads and processes is that something waits for ever.
  config.define_derived_metadata(file_path: %r{/spec/mail_room[/_]}) { |metadata| metadata[:unit] = true }
  config.around(:example, :unit) { |example| Timeout.timeout(30) { example.run } }

  config.order = :random
  Kernel.srand config.seed

  if ENV["CI"]
    # A forgotten focus would leave all other examples out, and pass.
    config.before(:example, :focus) { raise "an example is focused; take the focus away" }
  else
    config.filter_run_when_matching :focus
  end
end
