# frozen_string_literal: true

RSpec.describe MailRoom::Mailbox::Validation do
  def error_of(**attributes)
    build_mailbox(**attributes)
    nil
  rescue MailRoom::ConfigurationError => error
    error
  end

  it "passes a mailbox with nothing wrong in it" do
    expect(error_of).to be_nil
  end

  %i[name email password host port].each do |field|
    it "refuses a mailbox without #{field}, in the words of gitlab-mail_room" do
      expect(error_of(field => nil).message)
        .to start_with("Field :#{field} is required in Mailbox: #<struct MailRoom::Mailbox email=")
    end
  end

  it "tells no secret of a mailbox with a missing field" do
    expect(error_of(host: nil, delivery_token: "t0ken").message).not_to match(/hunter2|t0ken/)
  end

  it "refuses an idle timeout of more than 29 minutes, in the words of gitlab-mail_room" do
    error = error_of(idle_timeout: 1741)

    expect(error).to be_a(MailRoom::IdleTimeoutTooLarge)
    expect(error.message).to eq("Please use an idle timeout smaller than 1740 to prevent IMAP server disconnects " \
                                '(mailbox "inbox" of support@example.com)')
    expect(error_of(idle_timeout: 1740)).to be_nil
  end

  %w[postback letter_opener].each do |name|
    it "says that the delivery #{name} is not available yet, and which are" do
      expect(error_of(delivery_method: name).message)
        .to eq("mailbox \"inbox\" of support@example.com: delivery_method #{name.inspect} is not available " \
               "in this version yet; available: logger, noop, sidekiq")
    end
  end

  it "says so of the default delivery too" do
    expect(error_of(delivery_method: nil).message).to include('delivery_method "postback" is not available')
  end

  it "names the delivery that was probably meant" do
    expect(error_of(delivery_method: "sidekik").message)
      .to include('delivery_method "sidekik" is unknown (did you mean "sidekiq"?); available: logger, noop, sidekiq')
  end

  it "does not load files by the name of a delivery" do
    expect(error_of(delivery_method: "../../version").message).to include("is unknown")
  end

  it "says that Redis arbitration is not available yet" do
    expect(error_of(arbitration_method: "redis").message)
      .to include('arbitration_method "redis" is not available in this version yet; available: noop')
  end

  it "refuses an unknown arbitration" do
    expect(error_of(arbitration_method: "coin").message).to include('arbitration_method "coin" is unknown')
  end

  # Such a mailbox has neither host nor password, so this must be said first.
  it "says that Microsoft Graph is not available yet" do
    expect(error_of(inbox_method: "microsoft_graph", host: nil, password: nil).message)
      .to include('inbox_method "microsoft_graph" is not available in this version yet; available: imap')
  end

  it "refuses a delivery_klass that is no class with Options" do
    expect(["Forwarder", Class.new, Object.new].map { |klass| error_of(delivery_klass: klass).message })
      .to all(end_with("delivery_klass must be a class with a constant Options"))
  end

  { port: "imaps", idle_timeout: "a minute", search_command: 7, ssl: { verify_mode: "maybe" },
    delivery_options: "queue", arbitration_options: [], password: 1234 }.each do |key, value|
    it "names mailbox and key when #{key} is ill-typed" do
      expect(error_of(key => value).message).to include(key.to_s, "inbox").and(not_include("hunter2"))
    end
  end

  it "leaves the options of a Ruby class alone" do
    expect(error_of(delivery_klass: delivery_class, delivery_options: "queue")).to be_nil
  end

  it "does not tell a password that is ill-typed" do
    expect(error_of(password: { "s3cret" => "s3cret" }).message).not_to include("s3cret")
  end
end
