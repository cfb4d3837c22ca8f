# frozen_string_literal: true

RSpec.describe MailRoom::Mailbox::UnknownKeys do
  # The keys a table of the README names: what stands in backquotes in one of its columns.
  def documented(beginning, column: 1)
    readme = File.read(File.expand_path("../../../README.md", __dir__))
    rows = readme.split("\n").drop_while { |line| !line.start_with?(beginning) }.drop(1)
    rows = rows.drop_while { |line| !line.start_with?("|") }.take_while { |line| line.start_with?("|") }
    rows.drop(2).flat_map { |row| row.split("|")[column].scan(/`([a-z_]+)`/).flatten.map(&:to_sym) }
  end

  it "knows every key of the README" do
    redis = documented("### Redis")

    expect(MailRoom::MAILBOX_FIELDS).to include(:email, *documented("### Mailbox settings"))
    expect(MailRoom::Arbitration::Redis::KEYS).to include(:redis_url, *redis)
    expect(MailRoom::Delivery::Sidekiq::KEYS).to include(:worker, *redis)
    expect(MailRoom::Delivery::Postback::KEYS).to include(:url, *documented("**`postback`**"))
    expect(MailRoom::Delivery::Que::KEYS).to include(:sslmode, :sslrootcert, :sslcert, :sslkey, :job_schema_version)
    expect(%i[Postback Sidekiq Que Logger LetterOpener].flat_map { |name| MailRoom::Delivery.const_get(name)::KEYS })
      .to include(:url, *(documented("### Deliveries", column: 2) - [:default]))
  end

  def warnings_of(**attributes)
    mailbox = build_mailbox(delivery_klass: MailRoom::Delivery::Noop)
    attributes.slice(*MailRoom::MAILBOX_FIELDS).each { |key, value| mailbox[key] = value }
    described_class.new(mailbox, attributes.keys).to_a
  end

  { { delivery_method: "sidekiq", delivery_options: { "qeue" => 1, worker: 1 } } =>
      "unknown key delivery_options.qeue, did you mean queue?",
    { delivery_method: :postback, delivery_options: { delivery_ulr: 1, "jwt_issuer" => 1 } } =>
      "unknown key delivery_options.delivery_ulr, did you mean delivery_url?",
    { delivery_method: "que", delivery_options: { databse: 1 } } =>
      "unknown key delivery_options.databse, did you mean database?",
    { delivery_method: "letter_opener", delivery_options: { locaton: 1 } } =>
      "unknown key delivery_options.locaton, did you mean location?",
    { delivery_method: "logger", delivery_options: { zzz: 1 } } => "unknown key delivery_options.zzz",
    { arbitration_method: "redis", arbitration_options: { namespcae: 1 } } =>
      "unknown key arbitration_options.namespcae, did you mean namespace?",
    { logger: { log_pth: 1 } } => "unknown key logger.log_pth, did you mean log_path?",
    { inbox_method: "microsoft_graph", inbox_options: { "tenant" => 1, client_id: 1 } } =>
      "unknown key inbox_options.tenant, did you mean tenant_id?",
    { incoming_email: { "adress" => 1, host: 1, mailbox_type: 1 } } =>
      "unknown key incoming_email.adress, did you mean address?",
    { filter: { bounce: 1, "auto_generated" => 1, unmatched: 1 } } =>
      "unknown key filter.bounce, did you mean bounces?",
    { oauth2: { "preset" => 1, refresh_tokn: 1 } } => "unknown key oauth2.refresh_tokn, did you mean refresh_token?" }
    .each do |attributes, warning|
    it "finds that of #{attributes}" do
      attributes = { delivery_klass: nil, **attributes } if attributes.key?(:delivery_method)

      expect(warnings_of(**attributes)).to eq([warning])
    end
  end

  { { inbox_method: "microsoft_graph", "delete_permanently" => true } =>
      'unknown key "delete_permanently"; it belongs below inbox_options',
    { delete_permanently: true } => "unknown key :delete_permanently; it belongs below inbox_options",
    { inbox_method: "microsoft_graph", poll_interval: 9 } =>
      "unknown key :poll_interval; it belongs below inbox_options",
    { inbox_method: "microsoft_graph", client_secret: 1 } =>
      "unknown key :client_secret; it belongs below inbox_options",
    { client_secret: 1 } => "unknown key :client_secret; it belongs below oauth2",
    { preset: "google" } => "unknown key :preset; it belongs below oauth2",
    { mailbox_type: 1 } => "unknown key :mailbox_type; it belongs below incoming_email",
    { inbox_method: "microsoft_graph", inbox_options: { scope: 1 } } =>
      "unknown key inbox_options.scope; it belongs below oauth2",
    { inbox_method: "microsoft_graph", inbox_options: { delete_after_delivery: true } } =>
      "unknown key inbox_options.delete_after_delivery; it belongs beside inbox_options",
    { oauth2: { "azure_ad_endpoint" => 1 } } =>
      "unknown key oauth2.azure_ad_endpoint; it belongs below inbox_options" }.each do |attributes, warning|
    it "tells where that of #{attributes} belongs" do
      expect(warnings_of(**attributes)).to eq([warning])
    end
  end

  it "finds inbox_options that nobody reads" do
    unread = "inbox_options is for inbox_method: microsoft_graph, and not read"
    expect(warnings_of(inbox_options: { tenant_id: 1 })).to eq([unread])
    expect(warnings_of(inbox_options: { tenant_id: nil })).to eq([])
  end

  it "knows every key that the README has for Microsoft Graph" do
    expect(described_class::INBOX_OPTIONS).to match_array(documented("### Microsoft Graph"))
  end

  it "knows every key that the README has for OAuth" do
    expect(described_class::OAUTH2).to match_array(documented("### OAuth for IMAP"))
  end

  it "leaves the options of a Ruby class alone" do
    expect(warnings_of(delivery_klass: delivery_class, delivery_options: { qeue: 1 })).to eq([])
  end

  it "leaves options alone whose delivery or arbitration is switched off" do
    expect(warnings_of(delivery_options: { worker: 1 }, arbitration_options: { redis_url: 1 })).to eq([])
  end

  it "leaves unknown methods to others" do
    expect(warnings_of(delivery_klass: nil, delivery_method: "pigeon", delivery_options: { a: 1 })).to eq([])
  end
end
