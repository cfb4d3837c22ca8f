# frozen_string_literal: true

require "pp" # rubocop:disable Lint/RedundantRequireStatement -- the constant is not there before pp is called
require "support/rspec"
require "support/secrets_helpers"

# What programs that use the gem print of its objects and errors holds no secret.
RSpec.describe "A secret in Ruby", :integration, :postback, :secrets do
  let(:mailbox) do
    MailRoom::Mailbox.new(
      settings(password: secret(:imap), delivery_token: secret(:token), delivery_password: secret(:basic),
               delivery: { redis_url: "redis://:#{escaped(:redis)}@127.0.0.1", sentinel_password: secret(:sentinel) },
               arbitration_method: "redis",
               arbitration_options: { redis_url: "redis://u:#{escaped(:arbiter)}@127.0.0.1",
                                      sentinels: [{ host: "s", password: secret(:sentinel) }] })
    )
  end

  # Each way in which Ruby programs print what they have.
  def expect_nothing_shown(object)
    shown = [object.inspect, object.to_s, PP.pp(object, +""), Kernel.format("%p", object)]
    shown << begin
      object.no_such_method
    rescue NoMethodError => error
      [error.message, error.full_message].join
    end
    expect(secrets.told_by(shown.join("\n"))).to eq([]), "#{object.class} tells a secret"
  end

  it "is shown by no object" do
    que = MailRoom::Mailbox.new(settings(delivery_method: "que", password: secret(:imap))
            .merge(delivery_options: { password: secret(:postgres), host: "h", job_class: "J" }))
    postback = MailRoom::Mailbox.new(self.postback(delivery: { token: secret(:token), password: secret(:basic) },
                                                   password: secret(:imap)))
    coordinator = MailRoom::Coordinator.new([mailbox, que, postback])
    objects = [coordinator, *coordinator.watchers, MailRoom::Connection.new(mailbox)]
    [mailbox, que, postback].each do |one|
      objects.push(one, one.delivery, one.delivery.options, one.delivery_klass::Options.new(one), one.arbitrator,
                   one.arbitration_klass::Options.new(one), MailRoom::Mailbox::Settings.new(one),
                   MailRoom::MailboxWatcher.new(one), [one], { one: one })
    end
    objects.each { |object| expect_nothing_shown(object) }
  end

  it "is shown by no configuration and no command" do
    path = folder.write("mail_room.yml", YAML.dump(mailboxes: [settings(password: secret(:imap))]))
    expect_nothing_shown(MailRoom::Configuration.new(config_path: path))
    expect_nothing_shown(MailRoom::CLI.new(["-c", path]))
  end

  it "is shown by no connection of its own, and not by its failure" do
    secrets.register(:right, inbox.password)
    right = MailRoom::Mailbox.new(settings(logger: { log_path: folder.join("log") }))
    connection = MailRoom::IMAP::Connection.new(right)
    expect_nothing_shown(connection)
    connection.quit
    wrong = MailRoom::Mailbox.new(settings(password: secret(:imap), logger: { log_path: folder.join("log") }))
    expect { MailRoom::IMAP::Connection.new(wrong) }.to raise_error(MailRoom::Error) { |error|
      expect(secrets.told_by(error.full_message + File.read(folder.join("log")))).to eq([])
    }
  end

  it "is shown by no error of a delivery of its own" do
    options = { redis_url: "redis://:#{escaped(:redis)}@127.0.0.1:#{Servers::Ports.free}", worker: "W", queue: "q" }
    delivery = MailRoom::Delivery::Sidekiq.new(options)
    expect { delivery.deliver("Subject: x\r\n\r\n") }.to raise_error(MailRoom::Error) { |error|
      expect(secrets.told_by(error.full_message + error.inspect)).to eq([])
    }
    expect_nothing_shown(delivery)
  end
end
